//! jute: values with their lengths in front.

use bytes::{Buf, BufMut, Bytes, BytesMut};

pub(super) fn take_message(received: &mut BytesMut) -> Option<Bytes> {
    let length = u32::from_be_bytes(*received.first_chunk()?) as usize;
    (received.len() >= 4 + length).then(|| {
        received.advance(4);
        received.split_to(length).freeze()
    })
}

pub(super) fn framed(message: &[u8]) -> BytesMut {
    let mut framed = BytesMut::new();
    put_text(&mut framed, message);
    framed
}

pub(super) fn put_text(to: &mut BytesMut, text: &[u8]) {
    to.put_u32(u32::try_from(text.len()).unwrap());
    to.put(text);
}

pub(super) fn get_bytes(message: &mut Bytes) -> Bytes {
    let length = message.get_u32() as usize;
    message.split_to(length)
}

pub(super) fn get_text(message: &mut Bytes) -> String {
    String::from_utf8(get_bytes(message).to_vec()).unwrap()
}
