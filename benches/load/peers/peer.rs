//! A peer at work.

use std::fs;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use super::recipe::{Place, Recipe};
use crate::ask::Ask;
use crate::process::{Group, free_address};

/// It ends when it is dropped.
pub(crate) struct Peer {
    pub(crate) name: &'static str,
    pub(crate) slow: bool,
    pub(crate) address: SocketAddr,
    pub(crate) group: Group,
    /// Its memory before the first load, in MB.
    pub(crate) idle: f64,
    /// Where its files are.
    pub(crate) place: Place,
}

/// Starts peers on one CPU and waits until each answers.
pub(crate) fn start(
    recipes: &[Recipe],
    cpu: usize,
    place: impl Fn(SocketAddr) -> Place,
) -> io::Result<Vec<Peer>> {
    let begun = recipes.iter().map(|recipe| begin(recipe, cpu, place(any_address())));
    // All begin before the first is waited for: some take seconds.
    let begun: Vec<Peer> = begun.collect::<io::Result<_>>()?;
    begun.into_iter().map(until_it_answers).collect()
}

fn any_address() -> SocketAddr {
    free_address().expect("a free port on loopback")
}

fn begin(recipe: &Recipe, cpu: usize, place: Place) -> io::Result<Peer> {
    fs::create_dir_all(&place.folder)?;
    let folder = place.folder.join(recipe.name);
    fs::create_dir_all(&folder)?;
    let place = Place { folder, ..place };
    let start = (recipe.prepare)(&place)?;
    let group = Group::start(&start, cpu, &place.folder.join("log"))?;
    Ok(Peer { name: recipe.name, slow: recipe.slow, address: place.at, group, idle: 0.0, place })
}

fn until_it_answers(mut peer: Peer) -> io::Result<Peer> {
    let ask = Ask::new(16, 0);
    let deadline = Instant::now() + Duration::from_secs(60);
    while !answers(peer.address, ask.request()) {
        if peer.group.has_ended() || Instant::now() > deadline {
            let log = fs::read_to_string(peer.place.folder.join("log")).unwrap_or_default();
            let last: Vec<&str> = log.lines().rev().take(5).collect();
            let last: Vec<&str> = last.into_iter().rev().collect();
            let (name, last) = (peer.name, last.join("\n"));
            return Err(io::Error::other(format!(
                "{name} is installed but does not answer; leave it out with --peers, or see what it says:\n{last}"
            )));
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    peer.idle = peer.group.resident();
    Ok(peer)
}

fn answers(at: SocketAddr, request: &[u8]) -> bool {
    let ask = || -> io::Result<bool> {
        let mut socket = TcpStream::connect(at)?;
        socket.set_read_timeout(Some(Duration::from_secs(5)))?;
        socket.write_all(request)?;
        let mut head = [0; 12];
        socket.read_exact(&mut head)?;
        Ok(head == *b"HTTP/1.1 200")
    };
    ask().unwrap_or(false)
}
