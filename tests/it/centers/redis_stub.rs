//! A Redis, as far as one document goes: RESP2 as <https://redis.io/docs/latest/develop/reference/protocol-spec/>
//! has it, and the pages of the commands.

use std::collections::{BTreeSet, HashMap};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::broadcast;

use super::conformance::CenterStub;
use super::tcp_stub::{Manner, TcpStub};

const USER: &str = "patch";
const PASSWORD: &str = "s3cr/et";
const KEY: &str = "dbgpt:routes.yaml";
const DATABASE: usize = 3;

/// A running stub.
pub(crate) struct RedisStub {
    server: TcpStub,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    store: Mutex<Store>,
    /// Channel and message.
    messages: broadcast::Sender<(String, String)>,
}

#[derive(Debug, Default)]
struct Store {
    /// By database and key: the value, and how often it was written.
    values: HashMap<(usize, String), (Vec<u8>, u64)>,
    writes: u64,
    logins: u64,
    /// So many of the first logins count no more.
    forgotten: u64,
    silent: bool,
    deaf: bool,
    replica: bool,
    /// Written by somebody else just before the next EXEC.
    intruder: Option<String>,
    commands: Vec<String>,
    /// Until when keys live that don't for ever.
    ends: HashMap<(usize, String), Instant>,
    sets: HashMap<(usize, String), BTreeSet<String>>,
}

/// One client.
#[derive(Default)]
struct Client {
    login: Option<u64>,
    database: usize,
    watched: Option<(String, u64)>,
    queue: Option<Vec<Vec<String>>>,
    channels: Vec<String>,
}

// === impl RedisStub ===

impl RedisStub {
    pub(crate) fn start() -> Self {
        let shared = Arc::new(Shared { store: Mutex::default(), messages: broadcast::channel(1024).0 });
        let serving = Arc::clone(&shared);
        Self { server: TcpStub::start(move |stream| serve(stream, Arc::clone(&serving))), shared }
    }

    fn store(&self) -> MutexGuard<'_, Store> {
        self.shared.store.lock().unwrap()
    }

    pub(crate) fn authority(&self) -> String {
        self.server.authority()
    }

    pub(crate) fn behave(&self, manner: Manner) {
        self.server.behave(manner);
    }

    pub(crate) async fn cut(&self) {
        self.server.cut().await;
    }

    /// Sends no message of a change any more, though subscriptions are accepted.
    pub(crate) fn fall_silent(&self) {
        self.store().silent = true;
    }

    /// Lets nobody subscribe.
    pub(crate) fn forbid_channels(&self) {
        self.store().deaf = true;
    }

    /// Can't be written any more.
    pub(crate) fn become_replica(&self) {
        self.store().replica = true;
    }

    /// Has somebody else write this just before the next transaction is done.
    pub(crate) fn intrude(&self, text: &str) {
        self.store().intruder = Some(text.to_owned());
    }

    /// How often a command was received.
    pub(crate) fn count(&self, command: &str) -> usize {
        self.store().commands.iter().filter(|name| *name == command).count()
    }
}

impl CenterStub for RedisStub {
    fn url(&self) -> String {
        format!("redis://{USER}:s3cr%2Fet@{}/{KEY}?db={DATABASE}", self.authority())
    }

    async fn put(&self, text: &str) {
        self.shared.set(DATABASE, KEY, text);
    }

    async fn delete(&self) {
        self.store().values.clear();
        self.shared.tell(DATABASE, KEY, "del");
    }

    async fn down(&self) {
        self.server.down().await;
    }

    async fn up(&self) {
        self.server.up();
    }

    async fn current(&self) -> Option<String> {
        let store = self.store();
        store
            .values
            .get(&(DATABASE, KEY.to_owned()))
            .map(|(text, _)| String::from_utf8(text.clone()).unwrap())
    }

    async fn expire_logins(&self) -> bool {
        let mut store = self.store();
        store.forgotten = store.logins;
        true
    }
}

// === impl Shared ===

impl Shared {
    fn set(&self, database: usize, key: &str, text: &str) {
        {
            let mut store = self.store.lock().unwrap();
            store.writes += 1;
            let writes = store.writes;
            store.values.insert((database, key.to_owned()), (text.as_bytes().to_vec(), writes));
        }
        self.tell(database, key, "set");
    }

    fn tell(&self, database: usize, key: &str, event: &str) {
        if !self.store.lock().unwrap().silent {
            // Nobody may be listening.
            let _unheard = self.messages.send((format!("__keyspace@{database}__:{key}"), event.to_owned()));
        }
    }
}

async fn serve(mut stream: TcpStream, shared: Arc<Shared>) -> io::Result<()> {
    let mut client = Client::default();
    let mut messages = shared.messages.subscribe();
    let mut received = Vec::new();
    loop {
        let answer = tokio::select! {
            read = stream.read_buf(&mut received) => {
                if read? == 0 {
                    return Ok(());
                }
                let mut answers = Vec::new();
                while let Some(words) = take_command(&mut received) {
                    answers.extend(client.answer(&words, &shared));
                }
                answers
            }
            Ok((channel, message)) = messages.recv() => {
                if !client.channels.contains(&channel) {
                    continue;
                }
                list(&[&bulk(b"message"), &bulk(channel.as_bytes()), &bulk(message.as_bytes())])
            }
        };
        stream.write_all(&answer).await?;
    }
}

impl Client {
    fn answer(&mut self, words: &[String], shared: &Shared) -> Vec<u8> {
        let name = words[0].to_ascii_uppercase();
        let mut store = shared.store.lock().unwrap();
        store.commands.push(name.clone());
        if name == "AUTH" {
            if words[1..] != [USER, PASSWORD] {
                return error("WRONGPASS invalid username-password pair or user is disabled.");
            }
            store.logins += 1;
            self.login = Some(store.logins);
            return ok();
        }
        if self.login.is_none_or(|login| login <= store.forgotten) {
            return error("NOAUTH Authentication required.");
        }
        if !self.channels.is_empty() && !["SUBSCRIBE", "UNSUBSCRIBE", "PING"].contains(&name.as_str()) {
            return error(
                "ERR Can't execute 'get': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context",
            );
        }
        if let Some(queue) = self.queue.as_mut().filter(|_| name != "EXEC") {
            if name == "SET" && store.replica {
                return error("READONLY You can't write against a read only replica.");
            }
            queue.push(words.to_vec());
            return b"+QUEUED\r\n".to_vec();
        }
        match name.as_str() {
            "PING" if !self.channels.is_empty() => list(&[&bulk(b"pong"), &bulk(b"")]),
            "PING" => b"+PONG\r\n".to_vec(),
            "SELECT" => {
                self.database = words[1].parse().unwrap();
                ok()
            }
            "GET" => {
                store.values.get(&(self.database, words[1].clone())).map_or(nil(), |(text, _)| bulk(text))
            }
            "SUBSCRIBE" if store.deaf => {
                error("NOPERM this user has no permissions to access one of the channels used as arguments")
            }
            "SUBSCRIBE" => {
                self.channels.push(words[1].clone());
                let count = format!(":{}\r\n", self.channels.len());
                list(&[&bulk(b"subscribe"), &bulk(words[1].as_bytes()), count.as_bytes()])
            }
            "PUBLISH" => {
                let _unheard = shared.messages.send((words[1].clone(), words[2].clone()));
                b":1\r\n".to_vec()
            }
            "WATCH" => {
                self.watched = Some((words[1].clone(), store.written(self.database, &words[1])));
                ok()
            }
            "MULTI" => {
                self.queue = Some(Vec::new());
                ok()
            }
            "EXEC" => {
                let intruder = store.intruder.take();
                drop(store);
                self.exec(intruder, shared)
            }
            _ => store
                .roster(self.database, &name, &words[1..])
                .unwrap_or_else(|| error(&format!("ERR unknown command '{}'", words[0]))),
        }
    }

    fn exec(&mut self, intruder: Option<String>, shared: &Shared) -> Vec<u8> {
        let watched = self.watched.take();
        if let (Some(text), Some((key, _))) = (intruder, &watched) {
            shared.set(self.database, key, &text);
        }
        let queue = self.queue.take().unwrap();
        let written = |key: &str| shared.store.lock().unwrap().written(self.database, key);
        if watched.is_some_and(|(key, then)| written(&key) != then) {
            return b"*-1\r\n".to_vec();
        }
        for words in &queue {
            assert_eq!(words[0], "SET");
            shared.set(self.database, &words[1], &words[2]);
        }
        list(&queue.iter().map(|_| &b"+OK\r\n"[..]).collect::<Vec<_>>())
    }
}

impl Store {
    fn written(&self, database: usize, key: &str) -> u64 {
        self.values.get(&(database, key.to_owned())).map_or(0, |(_, writes)| *writes)
    }

    /// What a list of replicas needs: keys that expire, and sets.
    fn roster(&mut self, database: usize, name: &str, words: &[String]) -> Option<Vec<u8>> {
        let at = |key: &String| (database, key.clone());
        self.ends.retain(|key, end| {
            let lives = *end > Instant::now();
            if !lives {
                self.values.remove(key);
            }
            lives
        });
        let key = at(words.first()?);
        let count = |count: usize| format!(":{count}\r\n").into_bytes();
        Some(match (name, words) {
            ("SET", [_, value, px, millis]) if px == "PX" => {
                self.values.insert(key.clone(), (value.clone().into_bytes(), 1));
                self.ends.insert(key, Instant::now() + Duration::from_millis(millis.parse().unwrap()));
                ok()
            }
            ("DEL", [_]) => count(usize::from(self.values.remove(&key).is_some())),
            ("MGET", keys) => {
                let value = |key| self.values.get(&at(key)).map_or(nil(), |(text, _)| bulk(text));
                let values: Vec<Vec<u8>> = keys.iter().map(value).collect();
                list(&values.iter().map(Vec::as_slice).collect::<Vec<_>>())
            }
            ("SADD", [_, members @ ..]) => {
                let set = self.sets.entry(key).or_default();
                count(members.iter().filter(|member| set.insert((*member).clone())).count())
            }
            ("SREM", [_, members @ ..]) => {
                let set = self.sets.entry(key).or_default();
                count(members.iter().filter(|member| set.remove(*member)).count())
            }
            ("SMEMBERS", [_]) => {
                let set = self.sets.entry(key).or_default();
                let members: Vec<Vec<u8>> = set.iter().map(|member| bulk(member.as_bytes())).collect();
                list(&members.iter().map(Vec::as_slice).collect::<Vec<_>>())
            }
            ("EXPIRE", [_, _]) => count(1),
            _ => return None,
        })
    }
}

/// Takes `*2\r\n$3\r\nGET\r\n$1\r\nk\r\n` off the front, if it is there whole.
fn take_command(received: &mut Vec<u8>) -> Option<Vec<String>> {
    let mut at = 0;
    let mut words = Vec::new();
    for _ in 0..number(received, &mut at, b'*')? {
        let length = number(received, &mut at, b'$')?;
        words.push(String::from_utf8(received.get(at..at + length)?.to_vec()).unwrap());
        at += length + 2;
    }
    (at <= received.len()).then(|| {
        received.drain(..at);
        words
    })
}

fn number(received: &[u8], at: &mut usize, kind: u8) -> Option<usize> {
    let line = received.get(*at..)?;
    let end = line.windows(2).position(|pair| pair == b"\r\n")?;
    assert_eq!(line[0], kind, "{:?}", String::from_utf8_lossy(line));
    *at += end + 2;
    std::str::from_utf8(&line[1..end]).unwrap().parse().ok()
}

fn ok() -> Vec<u8> {
    b"+OK\r\n".to_vec()
}

fn nil() -> Vec<u8> {
    b"$-1\r\n".to_vec()
}

fn error(text: &str) -> Vec<u8> {
    format!("-{text}\r\n").into_bytes()
}

fn bulk(text: &[u8]) -> Vec<u8> {
    [format!("${}\r\n", text.len()).as_bytes(), text, b"\r\n"].concat()
}

fn list(members: &[&[u8]]) -> Vec<u8> {
    [format!("*{}\r\n", members.len()).as_bytes(), &members.concat()].concat()
}
