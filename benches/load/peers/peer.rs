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

/// How often a peer is started: the port that was free for it may be taken before it is.
const TRIES: usize = 3;

/// Starts peers on one CPU and waits until each answers; says which ones don't.
pub(crate) fn start(recipes: &[Recipe], cpu: usize, place: impl Fn(SocketAddr) -> Place) -> Vec<Peer> {
    let attempt = |recipe: &Recipe| begin(recipe, cpu, place(any_address()));
    // All begin before the first is waited for: some take seconds.
    let firsts: Vec<_> = recipes.iter().map(attempt).collect();
    let started = firsts.into_iter().zip(recipes).filter_map(|(first, recipe)| {
        let again = (1..TRIES).map(|_| attempt(recipe));
        let mut told = None;
        for begun in [first].into_iter().chain(again) {
            match begun.and_then(until_it_answers) {
                Ok(peer) => return Some(peer),
                Err(error) => told = Some(error),
            }
        }
        eprintln!("LEFT OUT: {} is installed but does not answer: {}", recipe.name, told?);
        None
    });
    started.collect()
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
            return Err(io::Error::other(last.join("\n")));
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
