//! `patchbay top`: what the backends do, again and again.

use std::time::{Duration, Instant};

use super::admin_port::AdminPort;
use super::ask::{self, AskError};
use super::backends::Look;
use super::check::count;
use super::console::Console;
use super::exit::Exit;
use super::table::Table;
use crate::table::parse_duration;

/// Shows what each backend does, with requests a second, until Ctrl-C.
///
/// As HTTP: watch curl -s 127.0.0.1:9998/admin/v1/status
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// How often
    #[arg(long, value_name = "DURATION", default_value = "1s", value_parser = every)]
    every: Every,
    /// End after so many looks
    #[arg(short, long, value_name = "COUNT")]
    number: Option<u32>,
    #[command(flatten)]
    admin: AdminPort,
}

/// The time between two looks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Every(Duration);

impl Every {
    /// Once a second.
    pub(super) const SECOND: Self = Self(Duration::from_secs(1));
}

pub(super) fn top(arguments: &Arguments, console: Console) -> Exit {
    let mut earlier: Option<(Look, Instant)> = None;
    again(arguments.every, arguments.number, console, || {
        let look: Look = ask::get(&arguments.admin, "status", &[], Duration::ZERO)?;
        let now = Instant::now();
        let before = earlier.as_ref().map(|(then, at)| (then, now.duration_since(*at)));
        let in_flight = count(usize::try_from(look.in_flight).unwrap_or(usize::MAX), "request");
        let remarks = look.remarks().map(|line| line + "\n").collect::<String>();
        let rows = Table(look.rows(before));
        console
            .result(format_args!("generation {}, {in_flight} in flight\n{rows}{remarks}", look.generation));
        earlier = Some((look, now));
        Ok(())
    })
}

/// Shows something again and again; a terminal is cleared before each time.
pub(super) fn again(
    Every(pause): Every,
    number: Option<u32>,
    console: Console,
    mut show: impl FnMut() -> Result<(), AskError>,
) -> Exit {
    let mut left = number;
    loop {
        console.clear();
        if let Err(error) = show() {
            return error.tell(console);
        }
        left = left.map(|left| left.saturating_sub(1));
        if left == Some(0) {
            return Exit::Done;
        }
        std::thread::sleep(pause);
    }
}

fn every(text: &str) -> Result<Every, &'static str> {
    let shortest = Duration::from_millis(100);
    parse_duration(text)
        .filter(|pause| *pause >= shortest)
        .map(Every)
        .ok_or("write a duration of 100ms or more, such as 1s")
}
