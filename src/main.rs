//! The command line.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use odziv::app::dialer::{self, Simulate};
use odziv::app::dkim::{self, MakeKey};
use odziv::app::{self, commands, records, statistics};
use odziv::demo;
use odziv::dialplan::simulate::Staff;
use odziv::domain::permission::Role;

/// A call makes and drops some hundred small pieces of memory, on several threads; the allocator of the system took a tenth of
/// a loaded server's time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Odziv, the contact centre of a municipality: calls, texts and papers become cases.
#[derive(Parser)]
#[command(name = "odziv", version, propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the server
    Serve(Folder),
    /// Run the server with a synthetic town whose citizens really call and text
    Demo(demo::Options),
    /// Check the configuration, the prompts and the dialplans; print every mistake with its place
    Check(Folder),
    /// Try a dialplan
    #[command(subcommand)]
    Dialplan(Dialplan),
    /// The auto-dialler
    #[command(subcommand)]
    Dialer(Dialer),
    /// People who work with the server
    #[command(subcommand)]
    User(User),
    /// Phones of the people who work with the server
    #[command(subcommand)]
    Phone(Phone),
    /// Keys of programs that use the API
    #[command(subcommand)]
    Token(Token),
    /// Who did what to what, in a chain that shows whether somebody changed it
    #[command(subcommand)]
    Audit(Audit),
    /// What is kept of citizens
    #[command(subcommand)]
    Person(Person),
    /// Frequencies, cross-tables, weights and outcome rates of a survey, from a file
    #[command(subcommand)]
    Statistics(statistics::Command),
    /// Print what stands in DNS for the key that e-mails are signed with, `[mail.dkim]`
    Dkim {
        /// Make the key first, where the configuration has it; providers of mail believe RSA everywhere
        #[arg(long, value_name = "KIND", value_parser = ["rsa", "ed25519"])]
        make: Option<String>,
        #[command(flatten)]
        folder: Folder,
    },
    /// Erase what is kept too long, as the server does every night
    Retention {
        /// Only say what would go
        #[arg(long)]
        dry_run: bool,
        #[command(flatten)]
        folder: Folder,
    },
    /// Build every case again from its timeline and print where its row differs; exit code 1 when one does
    Rebuild {
        /// Write what the timelines say
        #[arg(long)]
        fix: bool,
        #[command(flatten)]
        folder: Folder,
    },
}

/// Where an installation lives.
#[derive(Args)]
struct Folder {
    /// Data folder; made at the first start
    #[arg(long, value_name = "DIR", default_value = "data")]
    data: PathBuf,
    /// Configuration [default: odziv.toml in the data folder]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

#[derive(Subcommand)]
enum Dialplan {
    /// Walk one call through a plan and print what the caller meets
    Simulate {
        /// The plan, for example dialplans/main.toml
        file: PathBuf,
        /// The number that is dialled [default: the first of the plan]
        #[arg(long)]
        number: Option<String>,
        /// Local time of the call [default: now], for example 2026-01-07T10:00
        #[arg(long, value_name = "TIME")]
        at: Option<String>,
        /// What the caller does, in order: keys, `timeout`, `hangup`; for example "1,timeout"
        #[arg(long, default_value = "")]
        keys: String,
        /// How many operators would answer
        #[arg(long, default_value_t = 0)]
        operators: u32,
        /// Seconds that a caller waits for one
        #[arg(long, default_value_t = 20)]
        queue_wait: u32,
        /// Walk every path, and prove that each ends, and ends with a case
        #[arg(long)]
        all: bool,
        /// With --all: list every way
        #[arg(long)]
        verbose: bool,
        #[command(flatten)]
        folder: Folder,
    },
}

#[derive(Subcommand)]
enum Dialer {
    /// Simulate days of dialling: how busy operators are, and how many citizens answer and find nobody
    Simulate(Simulate),
}

#[derive(Subcommand)]
enum User {
    /// Add a user; the password is read from standard input
    Add {
        login: String,
        /// Name as colleagues know it [default: the login]
        #[arg(long)]
        name: Option<String>,
        /// administrator, supervisor, operator or officer
        #[arg(long, default_value = "operator")]
        role: Role,
        /// Accepted for scripts: standard input is where the password always comes from
        #[arg(long)]
        password_stdin: bool,
        #[command(flatten)]
        folder: Folder,
    },
}

#[derive(Subcommand)]
enum Phone {
    /// Add a phone and print its user name and password, this once
    Add {
        /// Login of the user
        user: String,
        /// What the phone is called
        #[arg(long, default_value = "phone")]
        label: String,
        #[command(flatten)]
        folder: Folder,
    },
}

#[derive(Subcommand)]
enum Person {
    /// Print everything that is kept of somebody, as JSON
    Report {
        /// Id, or telephone number in any notation
        who: String,
        #[command(flatten)]
        folder: Folder,
    },
    /// Erase everything that is kept of somebody and may go; the rest follows when it may
    Erase {
        /// Id, or telephone number in any notation
        who: String,
        /// Stands on the timelines
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        folder: Folder,
    },
}

#[derive(Subcommand)]
enum Audit {
    /// Print the end of the chain, to be kept outside of this installation: what is cut off later is missed by it
    Head {
        #[command(flatten)]
        folder: Folder,
    },
    /// Prove the chain and the timelines under its seals; names the first broken entry and exits with 1 when there is one
    Verify {
        /// The first entry to prove; those before it are taken as they are
        #[arg(long, value_name = "ID")]
        from: Option<i64>,
        /// A line of `odziv audit head` that was kept: the chain must still contain it
        #[arg(long, value_name = "ID:DIGEST")]
        end: Option<String>,
        /// Print it as JSON
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        folder: Folder,
    },
}

#[derive(Subcommand)]
enum Token {
    /// Add a token and print it, this once
    Add {
        /// Whose it is, for the list of tokens
        name: String,
        /// Key of the role, which says what it may; none is an administrator
        #[arg(long, default_value = "supervisor")]
        role: String,
        /// Log-in name of the user in whose name it works, and with whom it ends
        #[arg(long)]
        owner: Option<String>,
        /// After so many days it ends; without it, it does not
        #[arg(long, value_parser = clap::value_parser!(u32).range(1..=3650))]
        days: Option<u32>,
        #[command(flatten)]
        folder: Folder,
    },
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let result = match cli.command {
        Command::Serve(folder) => app::block_on(commands::serve(folder.data, folder.config)),
        Command::Demo(options) => app::block_on(commands::demo(options)),
        Command::Check(folder) => app::block_on(commands::check(&folder.data, folder.config.as_deref())),
        Command::Dialplan(Dialplan::Simulate {
            file,
            number,
            at,
            keys,
            operators,
            queue_wait,
            all,
            verbose,
            folder,
        }) => {
            let staff = Staff { operators, queue_wait: Duration::from_secs(queue_wait.into()) };
            let call = commands::SimulatedCall { file, number, at, keys, staff, all, verbose };
            app::block_on(commands::simulate(&call, &folder.data, folder.config.as_deref()))
        }
        Command::Dialer(Dialer::Simulate(options)) => dialer::simulate(&options),
        Command::User(User::Add { login, name, role, password_stdin: _, folder }) => {
            let name = name.unwrap_or_else(|| login.clone());
            app::block_on(commands::add_user(login, name, role, folder.data, folder.config))
        }
        Command::Phone(Phone::Add { user, label, folder }) => {
            app::block_on(commands::add_phone(user, label, folder.data, folder.config))
        }
        Command::Token(Token::Add { name, role, owner, days, folder }) => {
            let token = commands::TokenToAdd { name, role, owner, days };
            app::block_on(commands::add_token(token, folder.data, folder.config))
        }
        Command::Audit(Audit::Head { folder }) => {
            app::block_on(records::audit_head(folder.data, folder.config))
        }
        Command::Audit(Audit::Verify { from, end, json, folder }) => {
            let verify = records::Verify { from, end, json };
            app::block_on(records::audit_verify(verify, folder.data, folder.config))
        }
        Command::Person(Person::Report { who, folder }) => {
            app::block_on(records::person_report(&who, folder.data, folder.config))
        }
        Command::Person(Person::Erase { who, reason, folder }) => {
            app::block_on(records::person_erase(&who, &reason, folder.data, folder.config))
        }
        Command::Retention { dry_run, folder } => {
            app::block_on(records::retention(dry_run, folder.data, folder.config))
        }
        Command::Dkim { make, folder } => {
            let make = make.map(|kind| if kind == "rsa" { MakeKey::Rsa } else { MakeKey::Ed25519 });
            dkim::dkim(make, &folder.data, folder.config.as_deref())
        }
        Command::Statistics(command) => statistics::run(&command),
        Command::Rebuild { fix, folder } => app::block_on(records::rebuild(fix, folder.data, folder.config)),
    };
    match result {
        Ok(code) => code,
        Err(error) => {
            let _ = std::io::Write::write_fmt(&mut std::io::stderr(), format_args!("odziv: {error:#}\n"));
            ExitCode::FAILURE
        }
    }
}
