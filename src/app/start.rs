//! Reads, builds, binds, serves.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use super::commands::commands;
use super::engine_loads::keep_engine_loads;
use super::first::{First, first};
use super::open_ports::open_ports;
use super::options::{Options, StartError};
use super::ramp_duties::RampDuties;
use super::rehearsal::Rehearsal;
use super::running::Running;
use crate::config::{Guards, ServerSettings};
use crate::control::{Controller, Ramps};
use crate::fleet::{Me, Replica};
use crate::front::admin::{self, Admin, AdminFacts};
use crate::front::{DataPort, Limits, Server};
use crate::health;
use crate::live::{Author, Live};
use crate::relay::Asides;
use crate::reload::{Certificates, ExpiryWatch, Reloader};
use crate::source::Source;
use crate::table::RoutingTable;

/// The sample that serves where nothing else is found, and that `cargo run` finds in a clone.
pub const DEMO: &str = include_str!("../../routes.yaml");

/// How often idle connections to backends are looked through.
const SWEEP: Duration = Duration::from_secs(1);

/// Starts the router.
pub async fn start(options: Options) -> Result<Running, StartError> {
    let First {
        mut snapshot,
        settings: configured,
        source,
        writer,
        owner,
        documents,
        who,
        history,
        stale_since,
        fleet,
    } = first(&options).await?;
    let settings = options.over(&configured);
    // Where the table is yet to come, its build looks at the configured address, not at this one.
    if snapshot.is_ready() || options.listen.is_some() {
        refuse_exposure(&settings, &snapshot.table)?;
    }
    let ports = open_ports(&options, &settings).await?;
    let (data, admin) = (ports.data.at, ports.admin.at);
    if options.ports.are_given() {
        refuse_exposure(&ServerSettings { listen: data, admin, ..settings.clone() }, &snapshot.table)?;
    }
    let watching = source.watching();
    let center = matches!(source, Source::Center(_)).then(|| owner.clone());
    if snapshot.is_ready() {
        let author = Author { who, how: "start".to_owned(), why: None };
        snapshot.generation = history.0.first_number(snapshot.table.digest());
        history.0.begin(snapshot.generation, &snapshot.table, &documents, author);
    }
    let live = Arc::new(Live::new(snapshot));
    let facts = AdminFacts {
        started: SystemTime::now(),
        owner,
        unused: options.unused.clone(),
        watching: watching.clone(),
        listen: data.to_string(),
        tls: settings.tls.is_some(),
        stale_since,
    };
    let (stop_serving, stop_rest) = (CancellationToken::new(), CancellationToken::new());
    let reread = Arc::new(Notify::new());
    let asides = Arc::new(Asides::default());
    let data_port = DataPort::new(Arc::clone(&live), Arc::clone(&asides), limits(&settings));
    let data_server = ports.data.server.with_room(settings.connections as usize);
    let data_task = tokio::spawn(data_server.serve(data_port.into(), stop_serving.clone(), settings.grace));
    let mut rest = JoinSet::new();
    let me = Me::at(
        options.advertise.clone().or(configured.advertise.clone()).unwrap_or_else(|| data.to_string()),
    );
    let (fleet, format) = fleet.unzip();
    let replica = Arc::new(Replica::new(me, Arc::clone(&live), fleet));
    let guards = Guards { models: configured.guard, keys: is_exposed(data) };
    let (control, overlay) = commands(&options, guards, &live, writer, &history.0, &reread);
    let ramps = Arc::new(Ramps::new(Arc::clone(&control), history.0.folder()));
    let admin_router = admin::router(Admin {
        live: Arc::clone(&live),
        facts,
        records: history.0.clone(),
        replica: Arc::clone(&replica),
        control: Arc::clone(&control),
        ramps: Arc::clone(&ramps),
        tokens: settings.admin_tokens.clone(),
        listeners: admin::listeners(),
    });
    rest.spawn(serve_admin(ports.admin.server, admin_router, stop_rest.clone()));
    // A router that takes no more requests is no longer one of the fleet.
    rest.spawn(announce(Arc::clone(&replica), stop_serving.clone(), stop_rest.clone()));
    rest.spawn(own(asides, stop_rest.clone()));
    rest.spawn(sweep(Arc::clone(&live), stop_rest.clone()));
    rest.spawn(keep_engine_loads(Arc::clone(&live), stop_rest.clone()));
    rest.spawn(health::keep(Arc::clone(&live), stop_rest.clone()));
    let reloader = Reloader::new(Arc::clone(&live), source, options.vars, configured, history)
        .with_overlay(overlay)
        .needing_keys(guards.keys)
        .with_certificates(ports.certificates.as_ref());
    rest.spawn(keep_certificates(ports.certificates, Arc::clone(&live), stop_rest.clone()));
    if let (Some(format), Some(name)) = (format, center.clone()) {
        let rehearsal = Rehearsal { trial: reloader.trial(), live: Arc::clone(&live), name, format };
        let (stop, fellow) = (stop_rest.clone(), Arc::clone(&replica));
        rest.spawn(async move { fellow.vote(&rehearsal, stop).await });
    }
    let (duties, stop) = (RampDuties(Arc::clone(&ramps)), stop_rest.clone());
    rest.spawn(async move { replica.share_work(&duties, stop).await });
    rest.spawn(ramps.run(stop_rest.clone()));
    rest.spawn(keep_time(control, stop_rest.clone()));
    rest.spawn(reloader.run(Arc::clone(&reread), stop_rest.clone()));
    Ok(Running {
        data,
        admin,
        live,
        settings,
        center,
        watching,
        stale_since,
        reread,
        stop_serving,
        stop_rest,
        data_task,
        rest,
    })
}

fn limits(settings: &ServerSettings) -> Limits {
    Limits { max_body: settings.max_body, in_flight: settings.in_flight, buffered: settings.buffered }
}

/// The command line may move a port that `config` has checked, so both are checked once more.
fn refuse_exposure(settings: &ServerSettings, table: &RoutingTable) -> Result<(), StartError> {
    if is_exposed(settings.listen) && table.callers().is_open() {
        let missing = "without `keys` everyone who reaches it could use the backends; add `keys`, or listen on 127.0.0.1";
        return Err(StartError::Exposed { address: settings.listen, missing });
    }
    if is_exposed(settings.admin) && settings.admin_tokens.is_open() {
        let missing = "without `server.admin_token` everyone who reaches the admin port could change the table; set one, or keep it on 127.0.0.1";
        return Err(StartError::Exposed { address: settings.admin, missing });
    }
    Ok(())
}

fn is_exposed(address: SocketAddr) -> bool {
    !address.ip().is_loopback()
}

async fn serve_admin(server: Server, router: axum::Router, stop: CancellationToken) {
    let _report = server.telling_ends().serve(router.into(), stop, Duration::ZERO).await;
}

/// Follows the certificates of the ports, and tells of all that run out.
async fn keep_certificates(followed: Option<Certificates>, live: Arc<Live>, stop: CancellationToken) {
    let telling = ExpiryWatch::over(followed.as_ref()).run(Arc::clone(&live), stop.clone());
    let following = async {
        if let Some(followed) = followed {
            followed.run(live, stop).await;
        }
    };
    tokio::join!(telling, following);
}

/// Shows this replica to the others for as long as it takes requests. Every part of the router
/// lives until all of them are told to end.
async fn announce(replica: Arc<Replica>, until: CancellationToken, stop: CancellationToken) {
    replica.announce(until).await;
    stop.cancelled().await;
}

/// Ends commands that hold for a while when their time is over.
async fn keep_time(control: Arc<Controller>, stop: CancellationToken) {
    control.keep_time(stop).await;
}

/// Ends what goes on beside the requests when the router stops.
async fn own(asides: Arc<Asides>, stop: CancellationToken) {
    stop.cancelled().await;
    asides.end().await;
}

/// Closes idle connections that have grown old, until the router stops.
async fn sweep(live: Arc<Live>, stop: CancellationToken) {
    let mut tick = interval(SWEEP);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while stop.run_until_cancelled(tick.tick()).await.is_some() {
        for upstream in live.load().upstreams() {
            upstream.sweep(Instant::now());
        }
    }
}
