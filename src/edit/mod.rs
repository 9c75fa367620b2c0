//! The editor: documents and a change in, the new text of one document out.
//!
//! Pure. Only the value asked for is written anew; comments, order, quotes, line ends and all
//! other bytes stay as they are. What came out is read again and held against what was there: an
//! edit that would change anything else is an error, never a text.
//!
//! Where a value is shared (an anchor, a variable of several models), it is the one use that is
//! changed: the others keep what they have.

mod change;
mod change_dotenv;
mod change_yaml;
mod collection;
mod dotenv_line;
mod error;
mod faithful;
mod keys;
mod lines;
mod scalar;
mod shown;
mod slot;
mod splice;
mod state;
mod value;
mod wanted;

pub use change::{Change, Edited, Pointed, Target, edit, pointing};
pub use error::EditError;
pub(crate) use shown::{Shown, ShownShares};
