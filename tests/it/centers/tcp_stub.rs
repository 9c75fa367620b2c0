//! A listener to write a center's stub on that doesn't speak HTTP: it goes down, cuts what it
//! holds, and comes back on the same port.

use std::future::Future;
use std::io;
use std::sync::{Arc, Mutex};

use futures_util::future::BoxFuture;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use super::held_port::HeldPort;

type Serve = dyn Fn(TcpStream) -> BoxFuture<'static, io::Result<()>> + Send + Sync;

/// A running server. It ends with its owner.
pub(crate) struct TcpStub {
    serve: Arc<Serve>,
    manner: Arc<Mutex<Manner>>,
    port: HeldPort,
}

/// How new connections are met.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum Manner {
    /// As the stub does.
    #[default]
    Well,
    /// Reads, and never answers.
    Mute,
    /// Answers the first bytes with this text, and closes.
    Says(&'static str),
}

// === impl TcpStub ===

impl TcpStub {
    /// Serves on a port of its own.
    pub(crate) fn start<F, S>(serve: F) -> Self
    where
        F: Fn(TcpStream) -> S + Send + Sync + 'static,
        S: Future<Output = io::Result<()>> + Send + 'static,
    {
        let serve: Arc<Serve> = Arc::new(move |stream| Box::pin(serve(stream)));
        let stub = Self { serve, manner: Arc::default(), port: HeldPort::any() };
        stub.up();
        stub
    }

    /// `host:port`.
    pub(crate) fn authority(&self) -> String {
        self.port.address().to_string()
    }

    /// Meets new connections so from now on.
    pub(crate) fn behave(&self, manner: Manner) {
        *self.manner.lock().unwrap() = manner;
    }

    /// Stops listening and breaks every connection.
    pub(crate) async fn down(&self) {
        self.port.down().await;
    }

    /// Listens again, if it does not.
    pub(crate) fn up(&self) {
        let (serve, manner) = (Arc::clone(&self.serve), Arc::clone(&self.manner));
        self.port.up(|listener| async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                stream.set_nodelay(true).unwrap();
                let (serve, manner) = (Arc::clone(&serve), manner.lock().unwrap().clone());
                connections.spawn(async move {
                    // A client that goes ends its connection with an error.
                    let _gone = match manner {
                        Manner::Well => serve(stream).await,
                        manner => misbehave(stream, manner).await,
                    };
                });
                while connections.try_join_next().is_some() {}
            }
        });
    }

    /// Breaks every connection, and goes on.
    pub(crate) async fn cut(&self) {
        self.down().await;
        self.up();
    }
}

async fn misbehave(mut stream: TcpStream, manner: Manner) -> io::Result<()> {
    let mut bytes = [0; 1024];
    while stream.read(&mut bytes).await? > 0 {
        if let Manner::Says(text) = manner {
            return stream.write_all(text.as_bytes()).await;
        }
    }
    Ok(())
}
