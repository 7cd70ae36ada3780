//! Services, categories, questions and areas, as an administrator changes them.

use odziv::actions::answer::AnswerError;
use odziv::actions::catalogue::{
    AreaChange, CatalogueError, CategoryChange, DepartmentChange, Field, ImportError, Named, PlanNames,
    QuestionChange,
};
use odziv::actions::{ActionError, Actor};
use odziv::domain::area::Street;
use odziv::domain::case::Channel;
use odziv::domain::department::DepartmentKind;
use odziv::domain::id::{CategoryId, DepartmentId, QuestionId, UserId};
use odziv::domain::permission::Role;
use odziv::domain::question::{QuestionKind, QuestionOption, Wrong};
use odziv::domain::routing::{Route, Why};
use odziv::store::case_list::CaseFilter;

use super::{SYSTEM, World, both};

fn department(name: &str) -> DepartmentChange {
    DepartmentChange {
        name_sr: name.into(),
        name_en: String::new(),
        kind: DepartmentKind::Service,
        parent: None,
        email: String::new(),
        active: true,
        place: 0,
    }
}

fn category(name: &str, parent: Option<CategoryId>) -> CategoryChange {
    CategoryChange {
        name_sr: name.into(),
        name_en: String::new(),
        class: String::new(),
        department: None,
        parent,
        deadline_profile: String::new(),
        active: true,
        place: 0,
        routes: Vec::new(),
    }
}

fn question(name: &str, kind: QuestionKind, required: bool) -> QuestionChange {
    QuestionChange {
        name_sr: name.into(),
        name_en: String::new(),
        kind,
        required,
        options: Vec::new(),
        active: true,
        place: 0,
    }
}

fn option(key: &str, name: &str) -> QuestionOption {
    QuestionOption { key: key.into(), name_sr: name.into(), name_en: String::new(), retired: false }
}

impl World {
    fn category(&self, key: &str) -> CategoryId {
        self.db.directory().category_by_key(key).unwrap().id
    }

    fn department(&self, key: &str) -> DepartmentId {
        self.db.directory().department_by_key(key).unwrap().id
    }
}

#[tokio::test]
async fn tree_of_services_is_changed_without_circles_and_keys_stay() {
    both(async |w| {
        let water = w.department("water");
        let below = DepartmentChange {
            parent: Some(water), ..department("Хитна служба водовода")
        };
        let urgent = w.actions.add_department(&SYSTEM, "", below.clone()).await.unwrap();
        let key = w.db.directory().department(urgent).unwrap().key.clone();
        assert_eq!(key, "hitna-sluzba-vodovoda");
        let again = w.actions.add_department(&SYSTEM, "", below.clone()).await;
        assert!(matches!(again, Err(CatalogueError::Taken(taken)) if taken == key));

        let now = DepartmentChange::from(w.db.directory().department(water).unwrap());
        let circle = DepartmentChange { parent: Some(urgent), ..now.clone() };
        let refused = w.actions.change_department(&SYSTEM, water, circle).await;
        assert!(matches!(refused, Err(CatalogueError::Circle)));
        let odd = DepartmentChange { email: "водовод".into(), ..now.clone() };
        let refused = w.actions.change_department(&SYSTEM, water, odd).await;
        assert!(matches!(refused, Err(CatalogueError::Wrong(Field::Email))));

        let institution = DepartmentChange {
            name_sr: "Дистрибуција воде".into(),
            kind: DepartmentKind::Institution,
            email: " voda@grad.rs ".into(),
            place: 7,
            ..now
        };
        w.actions.change_department(&SYSTEM, water, institution).await.unwrap();
        let directory = w.db.directory();
        let stored = directory.department(water).unwrap();
        assert_eq!((stored.key.as_str(), stored.name_sr.as_str()), ("water", "Дистрибуција воде"));
        assert_eq!(
            (stored.kind, stored.email.as_deref()),
            (DepartmentKind::Institution, Some("voda@grad.rs"))
        );
        assert_eq!(directory.department_branch(water), [water, urgent]);
        let last = directory.departments.iter().rev().take(2).map(|d| d.id).collect::<Vec<_>>();
        assert_eq!(last, [urgent, water], "by its place, and what is under it follows");
    })
    .await;
}

#[tokio::test]
async fn service_that_is_still_needed_is_not_retired() {
    both(async |w| {
        let waste = w.department("waste");
        let retired = DepartmentChange {
            active: false,
            ..DepartmentChange::from(w.db.directory().department(waste).unwrap())
        };
        let refused = w.actions.change_department(&SYSTEM, waste, retired.clone()).await;
        assert!(matches!(refused, Err(CatalogueError::Needed(needed)) if needed == ["Отпад и чистоћа"]));
        let led = w.category("waste");
        let elsewhere = CategoryChange {
            department: Some(w.department("other")),
            ..CategoryChange::from(w.db.directory().category(led).unwrap())
        };
        w.actions.change_category(&SYSTEM, led, elsewhere).await.unwrap();
        w.actions.change_department(&SYSTEM, waste, retired).await.unwrap();
        assert!(!w.db.directory().department(waste).unwrap().active);
        let case = w.opened("1", "+381641234567", "Рупа на путу").await;
        let to_it = w.actions.set_department(&SYSTEM, case.id, 1, Some(waste)).await;
        assert!(matches!(to_it, Err(ActionError::Invalid(_))));
    })
    .await;
}

#[derive(Debug)]
struct Plan;

impl PlanNames for Plan {
    fn naming(&self, what: Named, key: &str) -> Vec<String> {
        if (what, key) == (Named::Category, "heating") { vec!["main".into()] } else { Vec::new() }
    }
}

#[tokio::test]
async fn category_that_a_plan_names_or_that_others_hang_under_is_not_retired() {
    both(async |w| {
        w.actions.respect_plans(std::sync::Arc::new(Plan));
        let retire = async |key: &str| {
            let id = w.category(key);
            let now = CategoryChange::from(w.db.directory().category(id).unwrap());
            w.actions.change_category(&SYSTEM, id, CategoryChange { active: false, ..now }).await
        };
        assert!(matches!(retire("heating").await, Err(CatalogueError::InPlans(plans)) if plans == ["main"]));
        assert!(matches!(retire("other").await, Err(CatalogueError::Indispensable)));
        let leak = category("Цури вода", Some(w.category("water")));
        w.actions.add_category(&SYSTEM, "leak", leak).await.unwrap();
        assert!(
            matches!(retire("water").await, Err(CatalogueError::Needed(needed)) if needed == ["Цури вода"])
        );
        retire("leak").await.unwrap();
        retire("water").await.unwrap();
        let case = w.opened("1", "+381641234567", "Нема воде").await;
        let into = w.actions.set_category(&SYSTEM, case.id, 1, w.category("leak")).await;
        assert!(matches!(into, Err(ActionError::Invalid(_))));
    })
    .await;
}

#[tokio::test]
async fn moved_category_takes_its_cases_to_the_other_branch() {
    both(async |w| {
        let leak = category("Цури вода", Some(w.category("water")));
        let leak = w.actions.add_category(&SYSTEM, "leak", leak).await.unwrap();
        let deep = w.actions.add_category(&SYSTEM, "deep", category("У подруму", Some(leak))).await.unwrap();
        let case = w.opened("1", "+381641234567", "Цури").await;
        w.actions.set_category(&SYSTEM, case.id, 1, deep).await.unwrap();
        let found = async |key: &str| {
            let filter = CaseFilter { category: Some(w.category(key)), ..CaseFilter::default() };
            w.db.case_list(&filter, None, 10).await.unwrap().rows.len()
        };
        assert_eq!((found("water").await, found("roads").await), (1, 0));
        let now = CategoryChange::from(w.db.directory().category(leak).unwrap());
        let moved = CategoryChange { parent: Some(w.category("roads")), ..now };
        w.actions.change_category(&SYSTEM, leak, moved.clone()).await.unwrap();
        assert_eq!((found("water").await, found("roads").await, found("leak").await), (0, 1, 1));
        let circle = CategoryChange { parent: Some(deep), ..moved };
        let refused = w.actions.change_category(&SYSTEM, leak, circle).await;
        assert!(matches!(refused, Err(CatalogueError::Circle)));
    })
    .await;
}

#[tokio::test]
async fn case_goes_to_the_service_of_its_area() {
    both(async |w| {
        let table =
            "област;улица;бројеви\nЦентар;Душанова;\nСело;Кнеза Милоша;41-\nЦентар;Кнеза Милоша;1-40\n";
        let done = w.actions.import_areas(&SYSTEM, table).await.unwrap();
        assert_eq!((done.areas, done.streets), (2, 3));
        let bad = w.actions.import_areas(&SYSTEM, "Центар;Нова;xx").await;
        assert!(matches!(bad, Err(ImportError::Line(1, _))));
        let (water, village) = (w.category("water"), w.department("other"));
        let route = Route { area: "selo".into(), department: village };
        let now = CategoryChange::from(w.db.directory().category(water).unwrap());
        let unknown = Route { area: "nema-ga".into(), department: village };
        let refused = CategoryChange { routes: vec![unknown], ..now.clone() };
        let refused = w.actions.change_category(&SYSTEM, water, refused).await;
        assert!(matches!(refused, Err(CatalogueError::Wrong(Field::Route))));
        let routed = CategoryChange { routes: vec![route], ..now };
        w.actions.change_category(&SYSTEM, water, routed).await.unwrap();
        let leak = w.actions.add_category(&SYSTEM, "leak", category("Цури", Some(water))).await.unwrap();

        let directory = w.db.directory();
        let area = |place: &str| directory.areas.find(place).map(|found| found.area.key.clone());
        assert_eq!(area("Кнеза Милоша 52").as_deref(), Some("selo"));
        let routed = |place: &str| directory.route(leak, area(place).as_deref());
        assert_eq!(routed("Кнеза Милоша 52").department, Some(village));
        assert_eq!(routed("Кнеза Милоша 52").why, Why::Area(water));
        assert_eq!(routed("Душанова 3").department, Some(w.department("water")));

        let street = Street::whole("Нова");
        let change =
            AreaChange { name_sr: "Ново село".into(), name_en: String::new(), streets: vec![street] };
        w.actions.put_area(&SYSTEM, "selo", change).await.unwrap();
        assert_eq!(w.db.directory().areas.find("Нова 1").unwrap().area.name_sr, "Ново село");
        w.actions.remove_area(&SYSTEM, "selo").await.unwrap();
        assert!(w.db.directory().category(water).unwrap().routes.is_empty());
        let gone = w.actions.remove_area(&SYSTEM, "selo").await;
        assert!(matches!(gone, Err(CatalogueError::Action(ActionError::NotFound))));
    })
    .await;
}

#[tokio::test]
async fn answers_are_checked_kept_and_put_on_the_timeline() {
    both(async |w| {
        let (water, other) = (w.category("water"), w.category("other"));
        let ask = async |category, key, change| w.actions.put_question(&SYSTEM, category, key, change).await;
        let depth = ask(water, "depth", question("Дубина", QuestionKind::Number, true)).await.unwrap();
        let note = ask(water, "note", question("Опис", QuestionKind::Text, false)).await.unwrap();
        let color = QuestionChange {
            options: vec![option("", "Жута"), option("clear", "Бистра")],
            ..question("Боја", QuestionKind::Choice, false)
        };
        let color = ask(water, "color", color).await.unwrap();
        let number = ask(water, "color", question("Боја", QuestionKind::Number, false)).await;
        assert!(matches!(number, Err(CatalogueError::Wrong(Field::Kind))), "its answers would say something else");
        let leak = w.actions.add_category(&SYSTEM, "leak", category("Цури", Some(water))).await.unwrap();

        let case = w.opened("1", "+381641234567", "Цури").await;
        let version = w.actions.set_category(&SYSTEM, case.id, 1, leak).await.unwrap();
        let sent = |values: &[(QuestionId, &str)]| values.iter().map(|(id, v)| (*id, (*v).to_owned())).collect();
        let answer = async |version, values: &[(QuestionId, &str)]| {
            w.actions.answer_questions(&SYSTEM, case.id, version, sent(values)).await
        };
        let wrong = answer(version, &[(color, "green")]).await;
        assert!(
            matches!(wrong, Err(AnswerError::Wrong(wrong)) if wrong == [(depth, Wrong::Missing), (color, Wrong::NoChoice)])
        );
        let given = [(depth, "1,50"), (note, "Шахт у Змајевој"), (color, "zuta")];
        let after = answer(version, &given).await.unwrap();
        assert_eq!(after, version + 1);
        assert_eq!(answer(after, &given).await.unwrap(), after, "nothing new, no entry");
        assert!(matches!(
            answer(version, &given).await,
            Err(AnswerError::Action(ActionError::Conflict))
        ));
        let stored = w.db.answers(case.id).await.unwrap();
        assert_eq!((stored[&depth].as_str(), stored[&color].as_str()), ("1.5", "zuta"));
        let filter = CaseFilter { q: Some("zmajevoj".into()), ..CaseFilter::default() };
        assert_eq!(w.db.case_list(&filter, None, 10).await.unwrap().rows.len(), 1, "found by its answer");

        answer(after, &[(depth, "2")]).await.unwrap();
        assert_eq!(w.db.answers(case.id).await.unwrap().len(), 1, "what is not sent is taken back");
        let kinds = w.kinds(&case).await;
        assert_eq!(kinds.matches("questions_answered").count(), 2, "{kinds}");

        // An option that is offered no more stays known; the answers of an earlier category stay too.
        let fewer = QuestionChange {
            options: vec![option("clear", "Бистра"), option("", "Браон")],
            ..question("Боја", QuestionKind::Choice, false)
        };
        ask(water, "color", fewer).await.unwrap();
        let directory = w.db.directory();
        let options = &directory.question(color).unwrap().options;
        assert_eq!(options.iter().map(|o| (o.key.as_str(), o.retired)).collect::<Vec<_>>(), [
            ("clear", false),
            ("braon", false),
            ("zuta", true)
        ]);
        let version = w.detail(&case).await.case.version;
        w.actions.set_category(&SYSTEM, case.id, version, other).await.unwrap();
        assert!(w.db.directory().questions(other).is_empty());
        assert_eq!(w.db.answers(case.id).await.unwrap().len(), 1);
        assert_eq!(w.detail(&case).await.case.channel, Channel::Sms);
    })
    .await;
}

#[tokio::test]
async fn only_who_manages_the_catalogue_changes_it() {
    both(async |w| {
        let officer = Actor::User { id: UserId(1), role: Role::Officer };
        let refused =
            |error: &CatalogueError| matches!(error, CatalogueError::Action(ActionError::Forbidden(_)));
        let water = w.category("water");
        let one = w.actions.add_department(&officer, "", department("Нова")).await.unwrap_err();
        let two = w.actions.add_category(&officer, "", category("Нова", None)).await.unwrap_err();
        let asked = question("Шта?", QuestionKind::Text, false);
        let three = w.actions.put_question(&officer, water, "", asked).await.unwrap_err();
        let four = w.actions.remove_area(&officer, "x").await.unwrap_err();
        assert!([one, two, three, four].iter().all(refused));
        let table = w.actions.import_areas(&officer, "Центар").await;
        assert!(matches!(table, Err(ImportError::Catalogue(error)) if refused(&error)));
    })
    .await;
}
