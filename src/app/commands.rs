//! What the command line does, command by command.

use std::io::{BufRead, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::data_folder::DataFolder;
use super::server::{Foundation, Server};
use super::{catalogue, logging};
use crate::actions::user::NewUser;
use crate::actions::{Actions, Actor};
use crate::clock::Clock;
use crate::config::Config;
use crate::demo::{self, Demo};
use crate::dialplan::catalogue::Catalogue;
use crate::dialplan::simulate::Staff;
use crate::domain::permission::Role;
use crate::store::Db;
use crate::store::token::NewToken;
use crate::telephony::plans::{PlansError, check_folder, explore_file, simulate_file, summary};

/// `odziv serve`
pub async fn serve(data: PathBuf, config: Option<PathBuf>) -> anyhow::Result<ExitCode> {
    let folder = DataFolder::open(&data)?;
    let config = read_config(&data, config.as_deref())?;
    logging::start(&config.log)?;
    let public_url = config.web.public_url.clone();
    let metrics = start_metrics()?;
    let foundation = Foundation::lay(config, folder, Clock::system()).await?;
    let server = Server::start(foundation, Some(metrics)).await?;
    let address = if public_url.is_empty() { format!("http://{}", server.web) } else { public_url };
    say(format_args!("Odziv serves at {address}\n"))?;
    if let Some(secret) = server.actions.new_setup_link().await? {
        say(format_args!("Make the first administrator here, once: {address}/setup/{secret}\n"))?;
    }
    until_told_to_stop(&server).await?;
    server.stop().await;
    Ok(ExitCode::SUCCESS)
}

/// `odziv demo`
pub async fn demo(options: demo::Options) -> anyhow::Result<ExitCode> {
    let config = demo::configuration(&options)?;
    logging::start(&config.log)?;
    let temporary = match options.data {
        Some(_) => None,
        None => {
            Some(tempfile::Builder::new().prefix("odziv-demo-").tempdir().context("no temporary folder")?)
        }
    };
    let data = match (&options.data, &temporary) {
        (Some(data), _) => data.clone(),
        (None, Some(temporary)) => temporary.path().to_owned(),
        (None, None) => bail!("no data folder"),
    };
    let folder = DataFolder::open(&data)?;
    demo::add_duty_line(&data)?;
    let metrics = start_metrics()?;
    let clock = Clock::system();
    let foundation = Foundation::lay(config.clone(), folder, clock.clone()).await?;
    let town = Demo::prepare(&options, &config, &foundation.actions, &data, clock).await?;
    let server = Server::start(foundation, Some(metrics)).await?;
    say(format_args!("{}", town.greeting(&config)))?;
    let stop = CancellationToken::new();
    let smsc = town.smsc();
    let citizens = tokio::spawn(town.live(server.sip, stop.clone()));
    until_told_to_stop(&server).await?;
    // Citizens hang up first, as they would on any evening; the SMSC outlives the server that is bound to it.
    stop.cancel();
    let _ = citizens.await;
    server.stop().await;
    smsc.stop();
    Ok(ExitCode::SUCCESS)
}

/// `odziv check`
pub async fn check(data: &Path, config: Option<&Path>) -> anyhow::Result<ExitCode> {
    DataFolder::prepare(data)?;
    let mut mistakes = 0;
    let config = match read_config(data, config) {
        Ok(config) => config,
        Err(error) => {
            say(format_args!("{error:#}\n"))?;
            mistakes += 1;
            Config::default()
        }
    };
    if let Err(error) = crate::messaging::smtp::signer(&config.mail) {
        say(format_args!("{error}\n"))?;
        mistakes += 1;
    }
    match check_folder(&data.join("dialplans"), &known(data, config).await?) {
        Ok(plans) => say(format_args!("{}", summary(&plans)))?,
        Err(error) => {
            say(format_args!("{error}\n"))?;
            mistakes += 1;
        }
    }
    Ok(if mistakes == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// `odziv dialplan simulate`
#[derive(Debug)]
pub struct SimulatedCall {
    pub file: PathBuf,
    pub number: Option<String>,
    pub at: Option<String>,
    pub keys: String,
    pub staff: Staff,
    /// Every path instead of one.
    pub all: bool,
    pub verbose: bool,
}

pub async fn simulate(call: &SimulatedCall, data: &Path, config: Option<&Path>) -> anyhow::Result<ExitCode> {
    let config = read_config(data, config).unwrap_or_default();
    let at = match &call.at {
        Some(at) => at.parse::<DateTime>().with_context(|| format!("--at {at}"))?,
        None => Clock::system().now().to_zoned(TimeZone::get(&config.cases.time_zone)?).datetime(),
    };
    let known = known(data, config).await?;
    if call.all {
        return match explore_file(&call.file, at.year(), call.verbose, &known) {
            Ok((proven, shown)) => {
                say(format_args!("{shown}"))?;
                Ok(if proven { ExitCode::SUCCESS } else { ExitCode::FAILURE })
            }
            Err(error @ PlansError::Mistakes(_)) => {
                say(format_args!("{error}\n"))?;
                Ok(ExitCode::FAILURE)
            }
            Err(error) => Err(error.into()),
        };
    }
    match simulate_file(&call.file, call.number.as_deref(), at, &call.keys, call.staff, &known) {
        Ok(walk) => {
            say(format_args!("{walk}"))?;
            Ok(ExitCode::SUCCESS)
        }
        Err(error @ PlansError::Mistakes(_)) => {
            say(format_args!("{error}\n"))?;
            Ok(ExitCode::FAILURE)
        }
        Err(error) => Err(error.into()),
    }
}

/// `odziv user add`
pub async fn add_user(
    login: String,
    name: String,
    role: Role,
    data: PathBuf,
    config: Option<PathBuf>,
) -> anyhow::Result<ExitCode> {
    let mut password = String::new();
    // Longer than any password, shorter than a file given by mistake.
    std::io::stdin().lock().take(1_024).read_line(&mut password).context("cannot read the password")?;
    let password = password.trim_end_matches(['\r', '\n']).to_owned();
    DataFolder::prepare(&data)?;
    let actions = open_actions(&data, read_config(&data, config.as_deref())?).await?;
    actions
        .create_user(&Actor::System, NewUser { login: login.clone(), name, role, department: None, password })
        .await?;
    actions.db().close().await;
    say(format_args!("{login} may log in as {role}\n"))?;
    Ok(ExitCode::SUCCESS)
}

/// `odziv phone add`. A server that runs on the same data knows the phone within seconds.
pub async fn add_phone(
    login: String,
    label: String,
    data: PathBuf,
    config: Option<PathBuf>,
) -> anyhow::Result<ExitCode> {
    DataFolder::prepare(&data)?;
    let config = read_config(&data, config.as_deref())?;
    let sip = config.sip.clone();
    let actions = open_actions(&data, config).await?;
    let directory = actions.db().directory();
    let user = directory.user_by_login(&login).with_context(|| format!("there is no user {login}"))?;
    let phone = actions.add_phone(&Actor::System, user.id, &label, &sip.realm).await?;
    actions.db().close().await;
    let extension = phone.extension.as_ref().map(ToString::to_string).unwrap_or_default();
    say(format_args!(
        "username {}\npassword {}\nrealm {}\nextension {extension}\n",
        phone.username, phone.password, phone.realm
    ))?;
    Ok(ExitCode::SUCCESS)
}

/// What `odziv token add` is told.
#[derive(Debug)]
pub struct TokenToAdd {
    pub name: String,
    /// Key of a role.
    pub role: String,
    /// Log-in name.
    pub owner: Option<String>,
    pub days: Option<u32>,
}

/// `odziv token add`
pub async fn add_token(
    wanted: TokenToAdd,
    data: PathBuf,
    config: Option<PathBuf>,
) -> anyhow::Result<ExitCode> {
    DataFolder::prepare(&data)?;
    let actions = open_actions(&data, read_config(&data, config.as_deref())?).await?;
    let directory = actions.db().directory();
    let role = directory.roles.iter().find(|role| role.key == wanted.role).map(|role| role.id);
    let role = role.with_context(|| {
        let keys: Vec<&str> = directory.roles.iter().map(|role| role.key.as_str()).collect();
        format!("there is no role {}; there are: {}", wanted.role, keys.join(", "))
    })?;
    let owner = match &wanted.owner {
        None => None,
        Some(login) => {
            Some(directory.user_by_login(login).with_context(|| format!("there is no user {login}"))?.id)
        }
    };
    let lasts = wanted.days.map(|days| jiff::SignedDuration::from_hours(i64::from(days) * 24));
    let expires_at = lasts.map(|lasts| actions.now().saturating_add(lasts)).transpose()?;
    let new = NewToken { name: wanted.name, role, owner, expires_at };
    let token = actions.create_token(&Actor::System, new).await?;
    actions.db().close().await;
    say(format_args!("{token}\n"))?;
    Ok(ExitCode::SUCCESS)
}

pub(super) fn read_config(data: &Path, config: Option<&Path>) -> anyhow::Result<Config> {
    let shipped = data.join("odziv.toml");
    Ok(Config::read(config.unwrap_or(&shipped))?)
}

/// The store of an installation, beside a server that may be running on it.
pub(super) async fn open_actions(data: &Path, config: Config) -> anyhow::Result<Actions> {
    logging::start(&config.log)?;
    let db = Db::open(&config.store, data).await.context("[store] cannot open the database")?;
    Ok(Actions::new(db, Clock::system(), config.cases).await?)
}

/// What plans may name: the prompts of the data folder, and what its database has, or before the first start what it will have.
async fn known(data: &Path, config: Config) -> anyhow::Result<Catalogue> {
    let found = if config.store.url.is_empty() && !data.join("odziv.db").exists() {
        catalogue::shipped()
    } else {
        let actions = open_actions(data, config).await?;
        let found = catalogue::of_store(&actions).await?;
        actions.db().close().await;
        found
    };
    Ok(catalogue::with_prompts(found, &data.join("sounds")))
}

/// Ctrl-C and SIGTERM end the server; SIGHUP reloads the dialplans and the TLS certificate.
async fn until_told_to_stop(server: &Server) -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hang_up = signal(SignalKind::hangup())?;
    loop {
        tokio::select! {
            result = tokio::signal::ctrl_c() => {
                result?;
                break;
            }
            _ = terminate.recv() => break,
            _ = hang_up.recv() => server.reload().await,
        }
    }
    // Who presses Ctrl-C again does not want to wait.
    tokio::spawn(async {
        if tokio::signal::ctrl_c().await.is_ok() {
            std::process::exit(130);
        }
    });
    Ok(())
}

fn start_metrics() -> anyhow::Result<PrometheusHandle> {
    const SECONDS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];
    PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".into()), &SECONDS)?
        .install_recorder()
        .context("cannot start the metrics")
}

pub(super) fn say(text: std::fmt::Arguments<'_>) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_fmt(text)?;
    out.flush()?;
    Ok(())
}
