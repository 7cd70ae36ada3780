//! The server under load: the real binary with a configuration and a data folder of its own, on core 0.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Always open, whatever day it is.
const PLAN: &str = include_str!("../../tests/interop/plan.toml");

/// Under a profiler the start takes its time.
const PATIENCE: Duration = Duration::from_secs(90);

/// What a program needs besides what all have.
#[derive(Default)]
pub struct Extra {
    /// Sections of `odziv.toml`.
    pub config: String,
    /// Numbers and nodes of the plan.
    pub plan: String,
}

pub struct Server {
    child: Child,
    pub sip: SocketAddr,
    data: tempfile::TempDir,
}

impl Server {
    pub fn start() -> Self {
        Self::start_with(&Extra::default(), |_| {})
    }

    /// `prepare` gets the data folder before the server starts on it.
    pub fn start_with(extra: &Extra, prepare: impl FnOnce(&std::path::Path)) -> Self {
        let data = tempfile::tempdir().unwrap();
        let sip = free_udp();
        let web = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap();
        let config = data.path().join("bench.toml");
        std::fs::write(&config, configuration(sip, web) + &extra.config).unwrap();
        std::fs::create_dir_all(data.path().join("data/dialplans")).unwrap();
        std::fs::write(data.path().join("data/dialplans/main.toml"), format!("{PLAN}{}", extra.plan))
            .unwrap();
        prepare(&data.path().join("data"));
        let log = std::fs::File::create(data.path().join("log")).unwrap();
        // "valgrind --tool=callgrind", for example.
        let under = std::env::var("ODZIV_BENCH_UNDER").unwrap_or_default();
        let mut words =
            under.split_whitespace().map(str::to_owned).chain([env!("CARGO_BIN_EXE_odziv").to_owned()]);
        let child = Command::new(words.next().unwrap_or_default())
            .args(words)
            .args(["serve", "--config"])
            .arg(&config)
            .arg("--data")
            .arg(data.path().join("data"))
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .stdout(log.try_clone().unwrap())
            .stderr(Stdio::from(log))
            .spawn()
            .unwrap();
        let server = Self { child, sip, data };
        server.wait_until_ready(web);
        pin(server.child.id(), 0);
        server
    }

    fn wait_until_ready(&self, web: SocketAddr) {
        let start = Instant::now();
        while !ready(web) {
            let said = || std::fs::read_to_string(self.data.path().join("log")).unwrap_or_default();
            assert!(start.elapsed() < PATIENCE, "the server did not become ready:\n{}", said());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// User and system time of all its threads so far.
    pub fn cpu_seconds(&self) -> f64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap_or_default();
        // Fields 14 and 15 of proc(5), counted after the command name, in ticks of 10 ms.
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        let ticks = |index: usize| fields.get(index).and_then(|f| f.parse::<f64>().ok()).unwrap_or_default();
        (ticks(11) + ticks(12)) / 100.0
    }

    pub fn recordings(&self) -> PathBuf {
        self.data.path().join("data/recordings")
    }

    pub fn rss_mb(&self) -> f64 {
        std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))
            .unwrap_or_default()
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:")?.split_whitespace().next()?.parse::<f64>().ok())
            .unwrap_or_default()
            / 1024.0
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if std::env::var_os("ODZIV_BENCH_UNDER").is_some() {
            // A profiler writes its findings at an orderly end.
            // SAFETY: a plain call with numbers.
            unsafe { libc::kill(self.child.id() as i32, libc::SIGTERM) };
        } else {
            self.child.kill().ok();
        }
        self.child.wait().ok();
    }
}

/// Binds every thread of a process to one core; on a machine with one core both share it.
pub fn pin(pid: u32, core: usize) {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let status = Command::new("taskset")
        .args(["-a", "-c", "-p", &(core % cores).to_string(), &pid.to_string()])
        .stdout(Stdio::null())
        .status();
    if !status.is_ok_and(|s| s.success()) {
        println!("note: taskset (util-linux) is missing, so server and load share the cores");
    }
}

fn configuration(sip: SocketAddr, web: SocketAddr) -> String {
    let store = std::env::var("ODZIV_BENCH_STORE").unwrap_or_default();
    format!(
        "[log]\nfilter = \"warn\"\n[store]\nurl = \"{store}\"\n[web]\nlisten = \"{web}\"\n\
         [sip]\nlisten = \"{sip}\"\nmax_calls = 100000\nmax_calls_per_second = 100000\n\
         [[sip.trunk]]\nname = \"bench\"\npeers = [\"127.0.0.1\"]\n\
         [media]\nport_min = 10000\nport_max = 59999\nquarantine_s = 0\n"
    )
}

fn free_udp() -> SocketAddr {
    // Below the range of RTP ports.
    (5_100..9_000)
        .map(|port| SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
        .find(|addr| UdpSocket::bind(addr).is_ok() && TcpListener::bind(addr).is_ok())
        .expect("a free port")
}

fn ready(web: SocketAddr) -> bool {
    let Ok(mut stream) = TcpStream::connect_timeout(&web, Duration::from_millis(200)) else { return false };
    stream.set_read_timeout(Some(Duration::from_secs(2))).unwrap();
    let asked = stream.write_all(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    let mut answer = String::new();
    asked.is_ok() && stream.read_to_string(&mut answer).is_ok() && answer.starts_with("HTTP/1.1 200")
}
