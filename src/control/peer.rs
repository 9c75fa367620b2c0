//! Who is at the other end of a connection within this machine.
//!
//! Linux tells for every connection whose it is. Elsewhere, and for a connection from another
//! machine, nobody is known.

use std::net::{IpAddr, SocketAddr};

use crate::source::user_name;

/// Connections that are open.
const ESTABLISHED: &str = "01";

/// Returns the user whose end of a connection `peer` is, `own` being ours. Reads files.
#[must_use]
pub fn user_of(peer: SocketAddr, own: SocketAddr) -> Option<String> {
    ["/proc/net/tcp", "/proc/net/tcp6"].iter().find_map(|file| {
        let table = std::fs::read_to_string(file).ok()?;
        user_in(&table, peer, own).map(user_name)
    })
}

fn user_in(table: &str, peer: SocketAddr, own: SocketAddr) -> Option<u32> {
    table.lines().skip(1).find_map(|line| {
        let mut fields = line.split_whitespace().skip(1);
        let (local, remote, state) = (fields.next()?, fields.next()?, fields.next()?);
        let is_it = state == ESTABLISHED && is(local, peer) && is(remote, own);
        if is_it { fields.nth(3)?.parse().ok() } else { None }
    })
}

fn is(written: &str, address: SocketAddr) -> bool {
    let Some((ip, port)) = written.split_once(':') else { return false };
    u16::from_str_radix(port, 16) == Ok(address.port()) && ip_of(ip) == Some(address.ip().to_canonical())
}

/// Reads an address as the kernel writes it: groups of four bytes, each as one number.
fn ip_of(text: &str) -> Option<IpAddr> {
    let group = |at: usize| u32::from_str_radix(text.get(at..at + 8)?, 16).ok().map(u32::to_ne_bytes);
    if text.len() == 8 {
        return group(0).map(IpAddr::from);
    }
    let mut bytes = [0; 16];
    for (n, place) in bytes.chunks_mut(4).enumerate() {
        place.copy_from_slice(&group(n * 8)?);
    }
    Some(IpAddr::from(bytes).to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:270E 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1
   1: 0100007F:C001 0100007F:270E 06 00000000:00000000 00:00000000 00000000     0        0 0 1
   2: 0100007F:C001 0100007F:270E 01 00000000:00000000 00:00000000 00000000  1000        0 2 1
   3: 0100007F:270E 0100007F:C001 01 00000000:00000000 00:00000000 00000000  1001        0 3 1
";
    const TABLE_6: &str = "\
  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid
   0: 00000000000000000000000001000000:C001 00000000000000000000000001000000:270E 01 00000000:00000000 00:00000000 00000000  1002        0 2
   1: 0000000000000000FFFF00000100007F:C002 0000000000000000FFFF00000100007F:270E 01 00000000:00000000 00:00000000 00000000  1003        0 2
";

    fn user(table: &str, peer: &str, own: &str) -> Option<u32> {
        user_in(table, peer.parse().unwrap(), own.parse().unwrap())
    }

    #[test]
    #[cfg(target_endian = "little")]
    fn the_client_s_end_tells_the_user() {
        assert_eq!(user(TABLE, "127.0.0.1:49153", "127.0.0.1:9998"), Some(1000));
        assert_eq!(user(TABLE, "127.0.0.1:49154", "127.0.0.1:9998"), None);
        assert_eq!(user(TABLE_6, "[::1]:49153", "[::1]:9998"), Some(1002));
        assert_eq!(user(TABLE_6, "127.0.0.1:49154", "127.0.0.1:9998"), Some(1003));
        assert_eq!(user("", "127.0.0.1:1", "127.0.0.1:2"), None);
    }
}
