//! Config centers, each against a stub that was written from the protocol's own documents.

mod nacos;
mod stub;
