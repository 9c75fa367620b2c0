//! The real binary in a folder of its own, as a person or a script would run it.

mod served;

use std::net::TcpListener;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::process::{Command, Stdio};

pub(crate) use served::Served;

/// A folder to run the binary in.
pub(crate) struct Home(tempfile::TempDir);

/// What a finished run left behind.
pub(crate) struct Output {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Home {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// Puts a file into the folder.
    pub(crate) fn with(self, name: &str, text: &str) -> Self {
        self.write(name, text);
        self
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path().join(name)).unwrap()
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path().join(name), text).unwrap();
    }

    /// Runs the binary to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.run_with(arguments, &[])
    }

    /// Runs the binary to its end with these variables and no others.
    pub(crate) fn run_with(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
        let mut command = self.command(arguments);
        command.envs(variables.iter().copied());
        finished(command)
    }

    /// Starts a router on free ports and waits until it serves.
    pub(crate) async fn serve(&self, arguments: &[&str]) -> Served {
        self.serve_with(arguments, &[]).await
    }

    /// Starts a router with these variables and no others.
    pub(crate) async fn serve_with(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Served {
        let ports = ["--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"];
        let mut command = self.command(&[arguments, &ports].concat());
        command.envs(variables.iter().copied());
        Served::start(command).await
    }

    /// Starts a router that may have so many descriptors, unless it asks for more.
    pub(crate) async fn serve_below(&self, descriptors: u32) -> Served {
        let below =
            format!("ulimit -S -n {descriptors}; exec \"$0\" --listen 127.0.0.1:0 --admin 127.0.0.1:0");
        let mut command = Command::new("sh");
        command.args(["-c", &below, env!("CARGO_BIN_EXE_patchbay")]).current_dir(self.path()).env_clear();
        Served::start(command).await
    }

    /// Starts a router on the ports of one that runs and gives them up.
    pub(crate) async fn take_over(&self, from: &Served) -> Served {
        let ports = ["--take-over", "--listen", host(&from.api), "--admin", host(&from.admin)];
        Served::start(self.command(&ports)).await
    }

    /// Starts a router whose ports systemd has opened: the data port, and the admin port.
    pub(crate) async fn serve_given(&self, data: TcpListener, admin: TcpListener) -> Served {
        let mut command = self.command(&[]);
        // Standard input and output are the only descriptors that can be handed on by number.
        command.envs([("LISTEN_FDS", "2"), ("LISTEN_FDS_FIRST_FD", "0")]);
        Served::start_with(command, OwnedFd::from(data).into(), OwnedFd::from(admin).into()).await
    }

    /// Runs the binary, which has to end by itself, with a data port that systemd has opened.
    pub(crate) fn run_given(&self, data: TcpListener, arguments: &[&str]) -> Output {
        let mut command = self.command(&[arguments, &["--admin", "127.0.0.1:0"]].concat());
        command.envs([("LISTEN_FDS", "1"), ("LISTEN_FDS_FIRST_FD", "0")]).stdin(OwnedFd::from(data));
        finished(command)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_patchbay"));
        command.args(arguments).current_dir(self.path()).env_clear().stdin(Stdio::null());
        command
    }
}

fn host(url: &str) -> &str {
    url.split_once("://").unwrap().1
}

fn finished(mut command: Command) -> Output {
    let output = command.output().unwrap();
    Output {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}
