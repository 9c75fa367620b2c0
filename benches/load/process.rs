//! A program with all that it starts: what CPU time and memory they use together.

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Resource, Signal, getrlimit, kill_process_group, setrlimit};

/// How long a program may take to end. One that collects a profile writes it then.
const PATIENCE: Duration = Duration::from_secs(3);

/// Programs that are told to end when this is dropped, and killed if they don't.
pub(crate) struct Group {
    leader: Child,
}

/// How a program is started.
pub(crate) struct Start {
    pub(crate) words: Vec<String>,
    pub(crate) variables: &'static [(&'static str, &'static str)],
}

impl Drop for Group {
    fn drop(&mut self) {
        let Some(group) = self.id().try_into().ok().and_then(Pid::from_raw) else { return };
        kill_process_group(group, Signal::TERM).ok();
        let until = Instant::now() + PATIENCE;
        while !self.has_ended() && Instant::now() < until {
            sleep(Duration::from_millis(10));
        }
        kill_process_group(group, Signal::KILL).ok();
        self.leader.wait().ok();
    }
}

impl Group {
    /// Starts a program that has one CPU, as the leader of a group; what it says goes into a file.
    pub(crate) fn start(start: &Start, cpu: usize, log: &Path) -> io::Result<Self> {
        let log = fs::File::create(log)?;
        let leader = Command::new("taskset")
            .args(["-c", &cpu.to_string()])
            .args(&start.words)
            .envs(start.variables.iter().copied())
            .env("NO_PROXY", "127.0.0.1")
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()?;
        Ok(Self { leader })
    }

    /// Tells whether the leader is gone.
    pub(crate) fn has_ended(&mut self) -> bool {
        !matches!(self.leader.try_wait(), Ok(None))
    }

    /// Returns the CPU time they have used.
    pub(crate) fn cpu(&self) -> Duration {
        self.members().into_iter().map(cpu).sum()
    }

    /// Returns their resident memory in MB.
    pub(crate) fn resident(&self) -> f64 {
        self.status("VmRSS:")
    }

    /// Returns the most that each has had, in MB.
    pub(crate) fn peak(&self) -> f64 {
        self.status("VmHWM:")
    }

    fn id(&self) -> u32 {
        self.leader.id()
    }

    fn status(&self, field: &str) -> f64 {
        let kilobytes = |pid| {
            let text = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
            let line = text.lines().find_map(|line| line.strip_prefix(field)).unwrap_or("0");
            line.split_whitespace().next().and_then(|number| number.parse().ok()).unwrap_or(0.0)
        };
        self.members().into_iter().map(kilobytes).sum::<f64>() / 1024.0
    }

    fn members(&self) -> Vec<u32> {
        let Ok(folder) = fs::read_dir("/proc") else { return Vec::new() };
        let all = folder.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        all.filter(|pid| stat(*pid).get(2).is_some_and(|group| *group == self.id().to_string())).collect()
    }
}

/// Returns the CPU time that a process and its ended children have used.
///
/// One count is of ticks of 10 ms and knows threads that have ended, the other is of nanoseconds
/// and doesn't. Neither is ever too high, so the higher one is nearer.
pub(crate) fn cpu(pid: u32) -> Duration {
    let stat = stat(pid);
    let ticks: u64 = (11..15).filter_map(|at| stat.get(at)?.parse::<u64>().ok()).sum();
    let tasks = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    let exact = tasks.filter_map(|task| {
        let text = fs::read_to_string(task.path().join("schedstat")).ok()?;
        text.split_whitespace().next()?.parse::<u64>().ok()
    });
    Duration::from_millis(ticks * 10).max(Duration::from_nanos(exact.sum()))
}

/// Returns the fields of a process behind its name.
fn stat(pid: u32) -> Vec<String> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    text.rsplit(')').next().unwrap_or("").split_whitespace().map(ToOwned::to_owned).collect()
}

/// Leaves this process one CPU, and those threads that it starts.
pub(crate) fn pin_self(cpu: usize) -> io::Result<()> {
    let words = ["-acp".to_owned(), cpu.to_string(), std::process::id().to_string()];
    let done = Command::new("taskset").args(words).stdout(Stdio::null()).status()?;
    if done.success() { Ok(()) } else { Err(io::Error::other("taskset refuses")) }
}

/// Takes as many open files as there may be, here and in what is started: a proxy has two for each stream.
pub(crate) fn allow_many_connections() {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    setrlimit(Resource::Nofile, limit).ok();
}

/// Returns an address at which nobody listens yet.
pub(crate) fn free_address() -> io::Result<SocketAddr> {
    std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()
}
