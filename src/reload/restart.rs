//! Settings that were edited while the router runs, and that it reads at start only.

use crate::config::ServerSettings;

/// Returns the names of the settings that differ from those of the start.
pub(super) fn restart_needed(started: &ServerSettings, now: &ServerSettings) -> Vec<String> {
    // Taking them apart makes a new setting ask for its line here.
    let ServerSettings {
        listen,
        admin,
        admin_tokens,
        tls,
        admin_tls,
        log,
        state_dir,
        watch,
        poll,
        guard,
        max_body,
        connections,
        in_flight,
        buffered,
        grace,
        source,
        advertise,
    } = started;
    let limits = (max_body, connections, in_flight, buffered);
    let limits_now = (&now.max_body, &now.connections, &now.in_flight, &now.buffered);
    let differing = [
        ("server.listen", *listen != now.listen),
        ("server.admin", *admin != now.admin),
        ("server.admin_token", *admin_tokens != now.admin_tokens),
        ("server.tls", *tls != now.tls),
        ("server.admin_tls", *admin_tls != now.admin_tls),
        ("server.log", *log != now.log),
        ("server.state_dir", *state_dir != now.state_dir),
        ("server.watch", *watch != now.watch),
        ("server.poll", *poll != now.poll),
        ("server.guard", *guard != now.guard),
        ("server.limits", limits != limits_now),
        ("server.grace", *grace != now.grace),
        ("server.source", *source != now.source),
        ("server.advertise", *advertise != now.advertise),
    ];
    differing.iter().filter(|(_, differs)| *differs).map(|(name, _)| (*name).to_owned()).collect()
}
