//! What holds for any stream that might be resumed.

use bytes::Bytes;

use super::Trouble;
use super::follower::Follower;

/// As long as nothing fails, no byte is touched.
pub(in crate::relay) fn passes_untouched(stream: &[u8], pieces: &[&[u8]]) {
    let mut follower = Follower::default();
    let mut out = Vec::new();
    let mut is_off = false;
    for piece in pieces {
        let bytes = Bytes::copy_from_slice(piece);
        out.extend_from_slice(&if is_off { bytes } else { follower.pass(bytes) });
        match follower.trouble() {
            Some(Trouble::Off) => is_off = true,
            // It would pass by itself if nobody could take over.
            Some(Trouble::Failed(_)) => return,
            trouble => assert_eq!(trouble, None),
        }
    }
    if !is_off {
        out.extend_from_slice(&follower.end());
        if let Some(Trouble::Failed(event)) = follower.trouble() {
            out.extend_from_slice(&event);
        }
    }
    assert_eq!(out, stream);
}
