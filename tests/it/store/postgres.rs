//! One PostgreSQL for the whole run of the tests, on a socket of its own, gone when the run is.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

static CLUSTER: OnceLock<Option<Cluster>> = OnceLock::new();
static DATABASES: AtomicUsize = AtomicUsize::new(0);

struct Cluster {
    bin: PathBuf,
    /// Holds the data and the socket.
    folder: PathBuf,
    /// The cluster is stopped when this pipe closes: at the end of the process, however it ends.
    _watcher: std::process::Child,
}

/// The URL of a fresh database; `None` where PostgreSQL is not installed.
pub fn database() -> Option<String> {
    let cluster = CLUSTER.get_or_init(Cluster::start).as_ref()?;
    let name = format!("t{}", DATABASES.fetch_add(1, Ordering::Relaxed));
    let host = cluster.folder.display();
    run(Command::new(cluster.bin.join("createdb"))
        .args(["-U", "postgres", "-h"])
        .arg(&cluster.folder)
        .arg(&name));
    Some(format!("postgres://postgres@localhost/{name}?host={host}"))
}

impl Cluster {
    fn start() -> Option<Self> {
        let Some(bin) = binaries() else {
            let required = std::env::var("ODZIV_REQUIRE").unwrap_or_default();
            assert!(!required.contains("postgres"), "PostgreSQL not found, and ODZIV_REQUIRE asks for it");
            // Past the capture of the test harness, so that it is seen.
            let _ = std::io::Write::write_all(&mut std::io::stderr(), b"skipped: PostgreSQL not found\n");
            return None;
        };
        let folder = std::env::temp_dir().join(format!("odziv-test-pg-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        if is_root() {
            run(Command::new("chown").arg("postgres").arg(&folder));
        }
        let data = folder.join("data");
        run(as_postgres(&bin.join("initdb"))
            .args(["-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync", "--locale=C.UTF-8", "-D"])
            .arg(&data));
        let options = format!(
            "-k {} -c listen_addresses= -c fsync=off -c synchronous_commit=off -c max_connections=400",
            folder.display()
        );
        run(as_postgres(&bin.join("pg_ctl"))
            .args(["-w", "-s", "-l"])
            .arg(folder.join("log"))
            .arg("-o")
            .arg(options)
            .arg("-D")
            .arg(&data)
            .arg("start"));
        let script = "cat >/dev/null; \"$0\" -s -m immediate -D \"$1/data\" stop; rm -rf \"$1\"";
        let watcher = as_postgres(Path::new("sh"))
            .args(["-c", script])
            .arg(bin.join("pg_ctl"))
            .arg(&folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Some(Self { bin, folder, _watcher: watcher })
    }
}

/// The newest of those that Debian installs.
fn binaries() -> Option<PathBuf> {
    let mut versions: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .ok()?
        .filter_map(|entry| Some(entry.ok()?.path().join("bin")))
        .filter(|bin| bin.join("initdb").exists() && bin.join("postgres").exists())
        .collect();
    versions.sort();
    versions.pop()
}

/// PostgreSQL refuses to run as root.
fn as_postgres(program: &Path) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]).arg(program).current_dir("/");
    command
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0)
}

fn run(command: &mut Command) {
    let done = command.stdin(Stdio::null()).output().unwrap();
    assert!(done.status.success(), "{command:?}: {}", String::from_utf8_lossy(&done.stderr));
}
