//! No key, no prompt and no answer is in anything that the router or its commands say.
//!
//! Every secret of these tests has one mark in it, and whatever is said is searched for that mark. The
//! paths of the admin port and the verbs are read off the product, so that a new one is asked too.

mod debug;
mod logins;
mod planted;
mod served;
mod verbs;
