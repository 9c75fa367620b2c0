//! A `ZooKeeper`, as far as one node goes: the messages of `zookeeper.jute` and what the
//! programmer's guide says of sessions and watches.

mod ending;
mod wire;

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use bytes::{Buf, BufMut, Bytes, BytesMut};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::broadcast;

use super::conformance::CenterStub;
use super::tcp_stub::{Manner, TcpStub};
use ending::Ending;
use wire::{framed, get_bytes, get_text, put_text, take_message};

const LOGIN: &str = "patch:s3cret";
const PATH: &str = "/dbgpt/routes.yaml";

/// How long a follower stays behind, unless it is told to sync.
const LAG: Duration = Duration::from_millis(300);

/// How long a session may be silent.
pub(crate) const KEPT: Duration = Duration::from_millis(900);

const NO_NODE: i32 = -101;
const NO_AUTH: i32 = -102;
const BAD_VERSION: i32 = -103;
const NODE_EXISTS: i32 = -110;

/// A running stub.
pub(crate) struct ZookeeperStub {
    server: TcpStub,
    shared: Arc<Shared>,
}

struct Shared {
    tree: Mutex<Tree>,
    /// Kind of event and path.
    events: broadcast::Sender<(i32, String)>,
}

#[derive(Debug, Default)]
struct Tree {
    nodes: BTreeMap<String, Node>,
    zxid: i64,
    sessions: i64,
    /// What a follower shows that has not heard of the last change.
    stale: Option<Seen>,
    asked: Vec<i32>,
}

#[derive(Debug, Clone)]
struct Seen(Option<Node>);

#[derive(Debug, Clone)]
struct Node {
    content: Vec<u8>,
    made: i64,
    changed: i64,
    version: i32,
    /// Only who has logged in may touch it.
    owned: bool,
    /// The session that it goes away with.
    session: Option<i64>,
}

/// One client.
#[derive(Default)]
struct Client {
    session: i64,
    logged_in: bool,
    watched: BTreeSet<String>,
}

// === impl ZookeeperStub ===

impl ZookeeperStub {
    pub(crate) fn start() -> Self {
        let shared = Arc::new(Shared { tree: Mutex::default(), events: broadcast::channel(1024).0 });
        let serving = Arc::clone(&shared);
        Self { server: TcpStub::start(move |stream| serve(stream, Arc::clone(&serving))), shared }
    }

    fn tree(&self) -> MutexGuard<'_, Tree> {
        self.shared.tree.lock().unwrap()
    }

    pub(crate) fn authority(&self) -> String {
        self.server.authority()
    }

    pub(crate) fn behave(&self, manner: Manner) {
        self.server.behave(manner);
    }

    /// How often something was asked, by the number of its kind.
    pub(crate) fn count(&self, kind: i32) -> usize {
        self.tree().asked.iter().filter(|asked| **asked == kind).count()
    }

    /// How many sessions there have been.
    pub(crate) fn sessions(&self) -> i64 {
        self.tree().sessions
    }

    /// All nodes.
    pub(crate) fn paths(&self) -> Vec<String> {
        self.tree().nodes.keys().cloned().collect()
    }
}

impl CenterStub for ZookeeperStub {
    fn url(&self) -> String {
        format!("zookeeper://{LOGIN}@{}{PATH}", self.authority())
    }

    async fn put(&self, text: &str) {
        self.shared.write(PATH, text.as_bytes(), None, true).unwrap();
    }

    async fn delete(&self) {
        {
            let mut tree = self.tree();
            tree.zxid += 1;
            tree.nodes.remove(PATH);
        }
        self.shared.tell(2, PATH);
    }

    async fn down(&self) {
        self.server.down().await;
    }

    async fn up(&self) {
        self.server.up();
    }

    async fn current(&self) -> Option<String> {
        let content = self.tree().nodes.get(PATH)?.content.clone();
        Some(String::from_utf8(content).unwrap())
    }

    async fn expire_logins(&self) -> bool {
        self.server.cut().await;
        true
    }

    async fn step_back(&self, text: &str) -> bool {
        {
            let mut tree = self.tree();
            let zxid = tree.zxid - 1;
            let node = tree.nodes.get_mut(PATH).unwrap();
            (node.content, node.changed) = (text.as_bytes().to_vec(), zxid);
        }
        self.shared.tell(3, PATH);
        true
    }

    async fn lag(&self) -> bool {
        let mut tree = self.tree();
        let present = tree.nodes.get(PATH).cloned();
        tree.stale = Some(Seen(present));
        let shared = Arc::clone(&self.shared);
        tokio::spawn(async move {
            tokio::time::sleep(LAG).await;
            shared.catch_up();
        });
        true
    }
}

// === impl Shared ===

impl Shared {
    fn write(&self, path: &str, content: &[u8], version: Option<i32>, owned: bool) -> Result<Node, i32> {
        let (kind, node) = {
            let mut tree = self.tree.lock().unwrap();
            tree.zxid += 1;
            let zxid = tree.zxid;
            let present = tree.nodes.get(path);
            if version.is_some() && version != present.map(|node| node.version) {
                return Err(if present.is_some() { BAD_VERSION } else { NO_NODE });
            }
            let node = Node {
                content: content.to_vec(),
                made: present.map_or(zxid, |node| node.made),
                changed: zxid,
                version: present.map_or(0, |node| node.version + 1),
                owned,
                session: present.and_then(|node| node.session),
            };
            let kind = if present.is_some() { 3 } else { 1 };
            tree.nodes.insert(path.to_owned(), node.clone());
            (kind, node)
        };
        self.tell(kind, path);
        Ok(node)
    }

    fn tell(&self, kind: i32, path: &str) {
        // A follower fires its watches when it has taken in the change.
        if self.tree.lock().unwrap().stale.is_none() {
            // Nobody may be connected.
            let _unheard = self.events.send((kind, path.to_owned()));
        }
    }

    /// Takes in what a follower has not heard of yet.
    fn catch_up(&self) {
        let was_behind = self.tree.lock().unwrap().stale.take().is_some();
        if was_behind {
            self.tell(3, PATH);
        }
    }
}

async fn serve(mut stream: TcpStream, shared: Arc<Shared>) -> io::Result<()> {
    let session = {
        let mut tree = shared.tree.lock().unwrap();
        tree.sessions += 1;
        tree.sessions
    };
    let mut ending = Ending::of(&shared, session);
    let mut client = Client { session, ..Client::default() };
    let mut events = shared.events.subscribe();
    let mut received = BytesMut::new();
    let mut greeted = false;
    loop {
        let answer = tokio::select! {
            read = tokio::time::timeout(KEPT, stream.read_buf(&mut received)) => {
                match read {
                    Err(_expired) => {
                        ending.is_over = true;
                        return Ok(());
                    }
                    Ok(Ok(0)) => return Ok(()),
                    Ok(read) => read?,
                };
                let mut answers = BytesMut::new();
                while let Some(mut message) = take_message(&mut received) {
                    let answer = if greeted { client.answer(&mut message, &shared) } else { Some(greet(session)) };
                    greeted = true;
                    let Some(answer) = answer else {
                        ending.is_over = true;
                        return Ok(());
                    };
                    answers.put(framed(&answer));
                }
                answers
            }
            Ok((kind, path)) = events.recv() => {
                if !client.watched.remove(&path) {
                    continue;
                }
                let mut event = BytesMut::new();
                event.put_i32(-1);
                event.put_i64(-1);
                event.put_i32(0);
                event.put_i32(kind);
                event.put_i32(3);
                put_text(&mut event, path.as_bytes());
                framed(&event)
            }
        };
        stream.write_all(&answer).await?;
    }
}

fn greet(session: i64) -> BytesMut {
    let mut welcome = BytesMut::new();
    welcome.put_i32(0);
    welcome.put_i32(i32::try_from(KEPT.as_millis()).unwrap());
    welcome.put_i64(0x100 + session);
    put_text(&mut welcome, &[7; 16]);
    welcome.put_u8(0);
    welcome
}

impl Client {
    /// Nothing: the connection ends.
    fn answer(&mut self, message: &mut Bytes, shared: &Shared) -> Option<BytesMut> {
        let (xid, kind) = (message.get_i32(), message.get_i32());
        let mut answer = BytesMut::new();
        let done = match kind {
            -11 => return None,
            11 => Ok(()),
            100 => {
                message.advance(4);
                let (scheme, login) = (get_text(message), get_text(message));
                self.logged_in = scheme == "digest" && login == LOGIN;
                Ok(())
            }
            _ => self.on_node(kind, message, shared, &mut answer),
        };
        let mut tree = shared.tree.lock().unwrap();
        tree.asked.push(kind);
        let mut head = BytesMut::new();
        head.put_i32(xid);
        head.put_i64(tree.zxid);
        head.put_i32(done.err().unwrap_or(0));
        if done.is_ok() {
            head.put(answer);
        }
        Some(head)
    }

    fn on_node(
        &mut self,
        kind: i32,
        message: &mut Bytes,
        shared: &Shared,
        answer: &mut BytesMut,
    ) -> Result<(), i32> {
        let path = get_text(message);
        if kind == 9 {
            shared.catch_up();
        }
        let node = {
            let tree = shared.tree.lock().unwrap();
            match &tree.stale {
                Some(Seen(node)) if kind != 5 => node.clone(),
                _ => tree.nodes.get(&path).cloned(),
            }
        };
        if node.as_ref().is_some_and(|node| node.owned && !self.logged_in) && kind != 3 {
            return Err(NO_AUTH);
        }
        match kind {
            1 => {
                let content = get_text(message);
                let (rights, scheme) = (message.get_i64(), get_text(message));
                assert_eq!(rights, (1 << 32) | 31, "one entry, all rights");
                let above = &path[..path.rfind('/').unwrap()];
                if node.is_some() {
                    return Err(NODE_EXISTS);
                }
                if !above.is_empty() && !shared.tree.lock().unwrap().nodes.contains_key(above) {
                    return Err(NO_NODE);
                }
                shared.write(&path, content.as_bytes(), None, scheme == "auth")?;
                get_text(message);
                if message.get_i32() == 1 {
                    shared.tree.lock().unwrap().nodes.get_mut(&path).unwrap().session = Some(self.session);
                }
                put_text(answer, path.as_bytes());
            }
            2 => {
                node.ok_or(NO_NODE)?;
                shared.tree.lock().unwrap().nodes.remove(&path);
            }
            8 => {
                node.ok_or(NO_NODE)?;
                let above = format!("{path}/");
                let tree = shared.tree.lock().unwrap();
                let names: Vec<_> = tree.nodes.keys().filter_map(|node| node.strip_prefix(&above)).collect();
                answer.put_i32(i32::try_from(names.len()).unwrap());
                for name in names {
                    put_text(answer, name.as_bytes());
                }
            }
            3 | 4 => {
                let node = node.ok_or(NO_NODE);
                if message.get_u8() == 1 {
                    self.watched.insert(path);
                }
                let node = node?;
                if kind == 4 {
                    put_text(answer, &node.content);
                }
                put_stat(answer, &node);
            }
            5 => {
                let content = get_bytes(message);
                let version = Some(message.get_i32()).filter(|version| *version >= 0);
                let owned = node.ok_or(NO_NODE)?.owned;
                put_stat(answer, &shared.write(&path, &content, version, owned)?);
            }
            9 => put_text(answer, path.as_bytes()),
            kind => panic!("the stub does not know {kind}"),
        }
        Ok(())
    }
}

fn put_stat(answer: &mut BytesMut, node: &Node) {
    answer.put_i64(node.made);
    answer.put_i64(node.changed);
    answer.put_bytes(0, 16);
    answer.put_i32(node.version);
    answer.put_bytes(0, 4 + 4 + 8);
    answer.put_i32(i32::try_from(node.content.len()).unwrap());
    answer.put_bytes(0, 4 + 8);
}
