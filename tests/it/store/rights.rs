//! Roles and rules as they are stored, and what they let somebody read and do.

use odziv::actions::user::NewUser;
use odziv::actions::{ActionError, Actor};
use odziv::domain::case::{CaseRef, Status};
use odziv::domain::id::{CaseId, DepartmentId, RoleId, UserId};
use odziv::domain::permission::reach::Reach;
use odziv::domain::permission::rule::{Extent, Rule, Services};
use odziv::domain::permission::{OnCase, Reason, Right, Role, RoleRules};
use odziv::domain::search::Query;
use odziv::store::case_list::{CaseFilter, Cursor};
use odziv::store::role::RoleHead;
use odziv::store::token::NewToken;

use super::{SYSTEM, World, both};

const OFFICER: RoleId = RoleId(4);

#[tokio::test]
async fn every_role_that_the_program_brings_has_its_default_rules() {
    both(async |w| {
        let directory = w.db.directory();
        for base in Role::ALL {
            let role = directory.role(RoleRules::seeded_id(*base)).unwrap();
            assert_eq!(role.rules, RoleRules::seeded(*base).rules, "{base}");
            assert!(role.is_seeded() && role.key == base.as_str());
        }
    })
    .await;
}

#[tokio::test]
async fn an_officer_reads_and_finds_the_cases_of_the_own_service_and_those_assigned() {
    both(async |w| {
        let (water, roads) = (department(&w, "water"), department(&w, "roads"));
        let officer = user(&w, "petar", Role::Officer, Some(water)).await;
        let (mine, other, assigned) = three_cases(&w, water, roads, officer).await;
        let me = Actor::User { id: officer, role: Role::Officer };

        assert_eq!(read(&w, &me, None).await, sorted(&[&mine, &assigned]));
        assert_eq!(read(&w, &me, Some("nema")).await, sorted(&[&mine, &assigned]));
        assert_eq!(w.db.case_counts_in(&w.actions.reach(&me)).await.unwrap()[0], (Status::New, 2));
        let version = w.detail(&mine).await.case.version;
        w.actions.set_department(&SYSTEM, mine.id, version, Some(roads)).await.unwrap();
        assert_eq!(w.db.case_counts_in(&w.actions.reach(&me)).await.unwrap()[0], (Status::New, 1));
        w.actions.set_department(&SYSTEM, mine.id, version + 1, Some(water)).await.unwrap();
        let version = w.detail(&assigned).await.case.version;
        w.actions.set_status(&SYSTEM, assigned.id, version, Status::InProgress).await.unwrap();
        let counts = w.db.case_counts_in(&w.actions.reach(&me)).await.unwrap();
        assert!(counts.contains(&(Status::New, 1)) && counts.contains(&(Status::InProgress, 1)));
        assert!(w.actions.may_read(&me, mine.id, &[Right::Answer]).await.is_ok());
        assert!(matches!(w.actions.may_read(&me, other.id, &[]).await, Err(ActionError::NotFound)));
        assert!(matches!(w.actions.add_note(&me, other.id, "x").await, Err(ActionError::NotFound)));
        w.actions.add_note(&me, assigned.id, "x").await.unwrap();

        let everything = user(&w, "jovan", Role::Supervisor, None).await;
        let supervisor = Actor::User { id: everything, role: Role::Supervisor };
        assert_eq!(read(&w, &supervisor, None).await.len(), 3);
        assert_eq!(w.actions.reach(&supervisor), Reach::All);
    })
    .await;
}

#[tokio::test]
async fn lists_put_together_of_services_are_paged_without_gaps_or_doubles() {
    both(async |w| {
        let (water, roads) = (department(&w, "water"), department(&w, "roads"));
        let officer = user(&w, "petar", Role::Officer, Some(water)).await;
        let mut expected = Vec::new();
        for n in 0..30 {
            if n % 4 == 0 {
                w.clock.advance(std::time::Duration::from_secs(1));
            }
            let case = w.opened(&format!("t{n}"), &format!("06412340{n:02}"), "Nema vode").await;
            let to = if n % 3 == 0 { roads } else { water };
            let version = w.actions.set_department(&SYSTEM, case.id, 1, Some(to)).await.unwrap();
            if n % 5 == 0 {
                w.actions.assign(&SYSTEM, case.id, version, Some(officer)).await.unwrap();
            }
            if n % 3 != 0 || n % 5 == 0 {
                expected.push(case.id);
            }
        }
        expected.reverse();
        let me = Actor::User { id: officer, role: Role::Officer };
        let filter = CaseFilter { reach: w.actions.reach(&me), ..CaseFilter::default() };
        let (mut seen, mut after): (Vec<CaseId>, Option<Cursor>) = (Vec::new(), None);
        loop {
            let page = w.db.case_list(&filter, after, 7).await.unwrap();
            seen.extend(page.rows.iter().map(|row| row.id));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(seen, expected);
        // Searched for a word that is in every case, and with a rarer one: the same cases, and nothing of others.
        for size in [7, 50] {
            assert_eq!(found(&w, &filter, "vode", size).await, expected, "{size}");
        }
        assert_eq!(found(&w, &filter, "bioskop", 7).await, []);
        let searched = CaseFilter { q: Some("vode".into()), ..filter.clone() };
        let page = w.db.case_list(&searched, None, 50).await.unwrap();
        assert_eq!(page.rows.iter().map(|row| row.id).collect::<Vec<_>>(), expected);
        let of_roads = CaseFilter { department: Some(roads), ..filter.clone() };
        assert_eq!(found(&w, &of_roads, "vode", 50).await.len(), 2, "those of roads that are assigned");
        let total: i64 = w.db.case_counts_in(&filter.reach).await.unwrap().iter().map(|(_, n)| n).sum();
        assert_eq!(total, expected.len() as i64);
    })
    .await;
}

/// All hits, page by page.
async fn found(w: &World, within: &CaseFilter, q: &str, size: u32) -> Vec<CaseId> {
    let query = Query::parse(q).unwrap();
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = w.db.search_cases(&query, None, within, after, size).await.unwrap();
        seen.extend(page.hits.iter().map(|hit| hit.case.id));
        after = page.next;
        if after.is_none() {
            return seen;
        }
    }
}

#[tokio::test]
async fn a_refusal_hides_cases_from_lists_too() {
    both(async |w| {
        let (water, roads) = (department(&w, "water"), department(&w, "roads"));
        let officer = user(&w, "petar", Role::Officer, Some(water)).await;
        let (mine, _, assigned) = three_cases(&w, water, roads, officer).await;
        let me = Actor::User { id: officer, role: Role::Officer };
        let refuse = Rule {
            refuse: true,
            services: Services::Named(vec![water]),
            states: vec![Status::New],
            own: false,
        };
        let rules = [Extent::OwnService.rules(), vec![refuse]].concat();
        w.actions.set_rules(&SYSTEM, vec![(OFFICER, Right::ReadCases, rules)]).await.unwrap();
        assert_eq!(read(&w, &me, None).await, [assigned.id]);
        assert_eq!(read(&w, &me, Some("nema")).await, [assigned.id]);
        w.actions.set_status(&SYSTEM, mine.id, 2, Status::InProgress).await.unwrap();
        assert_eq!(read(&w, &me, None).await, sorted(&[&mine, &assigned]));
        let nothing = vec![(OFFICER, Right::ReadCases, Vec::new())];
        w.actions.set_rules(&SYSTEM, nothing).await.unwrap();
        assert_eq!(read(&w, &me, None).await, []);
        assert!(w.db.case_counts_in(&w.actions.reach(&me)).await.unwrap().iter().all(|(_, n)| *n == 0));
    })
    .await;
}

#[tokio::test]
async fn the_category_is_closed_once_the_case_got_far_enough() {
    both(async |w| {
        let operator = user(&w, "mira", Role::Operator, None).await;
        let me = Actor::User { id: operator, role: Role::Operator };
        let until = vec![Status::New, Status::Forwarded, Status::Reopened];
        let rules = vec![Rule { states: until, ..Rule::EVERYWHERE }];
        let role = RoleRules::seeded_id(Role::Operator);
        w.actions.set_rules(&SYSTEM, vec![(role, Right::Classify, rules)]).await.unwrap();
        let case = w.opened("t1", "0641234567", "Nema vode").await;
        let directory = w.db.directory();
        let [water, roads] = ["water", "roads"].map(|key| directory.category_by_key(key).unwrap().id);
        let version = w.actions.set_category(&me, case.id, 1, water).await.unwrap();
        let version = w.actions.set_status(&SYSTEM, case.id, version, Status::InProgress).await.unwrap();
        match w.actions.set_category(&me, case.id, version, roads).await {
            Err(ActionError::Forbidden(why)) => {
                assert!(matches!(why.reason, Reason::Missed(_, misses) if misses.state), "{why}");
            }
            other => panic!("{other:?}"),
        }
        w.actions.add_note(&me, case.id, "still allowed").await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_role_is_added_by_copying_and_leaves_only_when_nobody_has_it() {
    both(async |w| {
        let head = |key: &str| RoleHead {
            key: key.into(),
            base: Role::Administrator,
            name_sr: " Правник ".into(),
            name_en: "Lawyer".into(),
            needs_second_factor: true,
        };
        let id = w.actions.copy_role(&SYSTEM, OFFICER, head("lawyer")).await.unwrap();
        let role = w.db.directory().role(id).unwrap().clone();
        assert_eq!(
            (role.base, role.name_sr.as_str()),
            (Role::Officer, "Правник"),
            "of the kind it was copied from"
        );
        assert_eq!(role.rules, w.db.directory().role(OFFICER).unwrap().rules);
        let again = w.actions.copy_role(&SYSTEM, OFFICER, head("lawyer")).await;
        assert!(matches!(again, Err(ActionError::Invalid(_))));

        let mira = user(&w, "mira", Role::Operator, None).await;
        w.actions.set_user_role(&SYSTEM, mira, id, Some(department(&w, "water"))).await.unwrap();
        let stored = w.db.directory().user(mira).unwrap().clone();
        assert_eq!(
            (stored.role, stored.role_id, stored.department),
            (Role::Officer, id, Some(department(&w, "water")))
        );
        assert!(matches!(w.actions.remove_role(&SYSTEM, id).await, Err(ActionError::Invalid(_))));
        w.actions.set_user_role(&SYSTEM, mira, OFFICER, None).await.unwrap();
        w.actions.remove_role(&SYSTEM, id).await.unwrap();
        assert!(w.db.directory().role(id).is_none());
        assert!(matches!(w.actions.remove_role(&SYSTEM, OFFICER).await, Err(ActionError::Invalid(_))));
    })
    .await;
}

#[tokio::test]
async fn nobody_makes_himself_an_administrator_and_one_stays() {
    both(async |w| {
        let admin = user(&w, "ana", Role::Administrator, None).await;
        let clerk = user(&w, "mira", Role::Supervisor, None).await;
        let (supervisor, administrator) =
            (RoleRules::seeded_id(Role::Supervisor), RoleRules::seeded_id(Role::Administrator));
        let cells = vec![(supervisor, Right::ManageUsers, vec![Rule::EVERYWHERE])];
        w.actions.set_rules(&SYSTEM, cells).await.unwrap();
        let me = Actor::User { id: clerk, role: Role::Supervisor };
        let refused = |result: Result<(), ActionError>| matches!(result, Err(ActionError::Forbidden(_)));
        assert!(refused(w.actions.set_password(&me, admin, "nova-tajna-rec").await));
        assert!(refused(w.actions.set_user_active(&me, admin, false).await));
        assert!(refused(w.actions.set_user_role(&me, admin, OFFICER, None).await));
        let third = user(&w, "petar", Role::Officer, None).await;
        assert!(refused(w.actions.set_user_role(&me, third, administrator, None).await));
        w.actions.set_user_role(&me, third, supervisor, None).await.unwrap();
        assert!(w.actions.set_user_role(&me, clerk, OFFICER, None).await.is_err(), "not the own role");

        let keeps = vec![(administrator, Right::ManageRights, Vec::new())];
        assert!(matches!(w.actions.set_rules(&SYSTEM, keeps).await, Err(ActionError::Invalid(_))));
        let last = w.actions.set_user_role(&SYSTEM, admin, OFFICER, None).await;
        assert!(matches!(last, Err(ActionError::Invalid(_))));
        assert!(matches!(
            w.actions.set_user_active(&SYSTEM, admin, false).await,
            Err(ActionError::Invalid(_))
        ));
        assert!(w.db.directory().user(admin).unwrap().active);
    })
    .await;
}

#[tokio::test]
async fn a_change_by_another_node_holds_here_within_a_look() {
    both(async |w| {
        let mira = user(&w, "mira", Role::Operator, None).await;
        let me = Actor::User { id: mira, role: Role::Operator };
        assert!(!w.actions.take_over_rights().await.unwrap() || !w.actions.take_over_rights().await.unwrap());
        w.db.write(ElsewhereRefused).await.unwrap();
        assert!(w.actions.decide(&me, Right::AddNote, None).allowed, "not looked yet");
        assert!(w.actions.take_over_rights().await.unwrap());
        assert!(!w.actions.decide(&me, Right::AddNote, None).allowed);
        assert!(!w.actions.take_over_rights().await.unwrap(), "looked already");
    })
    .await;
}

#[tokio::test]
async fn a_token_acts_with_its_role_as_its_owner_until_it_ends() {
    both(async |w| {
        let (water, roads) = (department(&w, "water"), department(&w, "roads"));
        let officer = user(&w, "petar", Role::Officer, Some(water)).await;
        let (mine, other, assigned) = three_cases(&w, water, roads, officer).await;
        let end = w.now() + std::time::Duration::from_secs(3600);
        let new =
            || NewToken { name: "app".into(), role: OFFICER, owner: Some(officer), expires_at: Some(end) };
        let secret = w.actions.create_token(&SYSTEM, new()).await.unwrap();
        let row = w.actions.verify_token(&secret).await.unwrap().unwrap();
        let actor = Actor::Token { name: row.name, role: row.role, owner: row.owner };
        assert_eq!(read(&w, &actor, None).await, sorted(&[&mine, &assigned]));
        assert!(matches!(w.actions.add_note(&actor, other.id, "x").await, Err(ActionError::NotFound)));
        assert!(!w.actions.decide(&actor, Right::Classify, None).allowed);
        assert!(w.db.tokens().await.unwrap()[0].used_at.is_some());

        w.actions.set_user_active(&SYSTEM, officer, false).await.unwrap();
        assert!(w.actions.verify_token(&secret).await.unwrap().is_none(), "its owner has left");
        w.actions.set_user_active(&SYSTEM, officer, true).await.unwrap();
        assert!(w.actions.verify_token(&secret).await.unwrap().is_some());
        w.clock.advance(std::time::Duration::from_secs(3600));
        assert!(w.actions.verify_token(&secret).await.unwrap().is_none(), "it is over");

        let lasting = w.actions.create_token(&SYSTEM, NewToken { expires_at: None, ..new() }).await.unwrap();
        let id = w.actions.verify_token(&lasting).await.unwrap().unwrap().id;
        w.actions.revoke_token(&SYSTEM, id).await.unwrap();
        assert!(w.actions.verify_token(&lasting).await.unwrap().is_none());
        assert!(matches!(w.actions.revoke_token(&SYSTEM, id).await, Err(ActionError::NotFound)));
        let root = NewToken { role: RoleRules::seeded_id(Role::Administrator), ..new() };
        assert!(matches!(w.actions.create_token(&SYSTEM, root).await, Err(ActionError::Invalid(_))));
    })
    .await;
}

#[tokio::test]
async fn what_one_service_may_read_is_found_by_indexes() {
    let folder = tempfile::tempdir().unwrap();
    let w = World::open(&odziv::config::store::Store::default(), folder.path()).await;
    let officer = user(&w, "petar", Role::Officer, Some(department(&w, "water"))).await;
    let reach = w.db.directory().reach(officer);
    assert!(reach.takes_in(&OnCase {
        service: Some(department(&w, "water")),
        status: Status::New,
        assignee: None,
        opened_by: None
    }));
    for status in [None, Some(Status::New), Some(Status::Closed)] {
        let filter = CaseFilter { reach: reach.clone(), status, ..CaseFilter::default() };
        let after = Some(Cursor { at: w.now(), id: CaseId(5) });
        for after in [None, after] {
            let plan = w.db.explain_list(&filter, after).await.unwrap().join("\n");
            for index in ["case_file_department", "case_file_assignee", "case_file_opened_by"] {
                assert!(plan.contains(index), "{index}\n{plan}");
            }
            let scans = plan.lines().filter(|l| l.contains("SCAN case_file") || l.contains("SCAN c"));
            assert_eq!(scans.count(), 0, "{plan}");
        }
    }
}

struct ElsewhereRefused;

impl odziv::store::Work for ElsewhereRefused {
    type Out = ();
    type Error = odziv::store::StoreError;

    async fn run(&self, tx: &mut odziv::store::Tx<'_>) -> Result<(), odziv::store::StoreError> {
        tx.put_rules(RoleRules::seeded_id(Role::Operator), Right::AddNote, &[]).await?;
        tx.rights_changed().await
    }
}

/// One of the officer's service, one of another, and one of another that is assigned to the officer.
async fn three_cases(
    w: &World,
    water: DepartmentId,
    roads: DepartmentId,
    officer: UserId,
) -> (CaseRef, CaseRef, CaseRef) {
    let mine = w.opened("t1", "0641234561", "Nema vode").await;
    let other = w.opened("t2", "0641234562", "Nema rasvete").await;
    let assigned = w.opened("t3", "0641234563", "Nema puta").await;
    for (case, to) in [(&mine, water), (&other, roads), (&assigned, roads)] {
        w.actions.set_department(&SYSTEM, case.id, 1, Some(to)).await.unwrap();
    }
    w.actions.assign(&SYSTEM, assigned.id, 2, Some(officer)).await.unwrap();
    (mine, other, assigned)
}

async fn read(w: &World, actor: &Actor, q: Option<&str>) -> Vec<CaseId> {
    let filter =
        CaseFilter { reach: w.actions.reach(actor), q: q.map(str::to_owned), ..CaseFilter::default() };
    let mut found: Vec<CaseId> =
        w.db.case_list(&filter, None, 50).await.unwrap().rows.iter().map(|row| row.id).collect();
    found.sort_unstable();
    found
}

fn sorted(cases: &[&CaseRef]) -> Vec<CaseId> {
    let mut ids: Vec<CaseId> = cases.iter().map(|case| case.id).collect();
    ids.sort_unstable();
    ids
}

fn department(w: &World, key: &str) -> DepartmentId {
    w.db.directory().department_by_key(key).unwrap().id
}

async fn user(w: &World, login: &str, role: Role, department: Option<DepartmentId>) -> UserId {
    let new = NewUser { department, ..super::users::new_user(login, role) };
    w.actions.create_user(&SYSTEM, new).await.unwrap()
}
