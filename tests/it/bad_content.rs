//! Bad content in the file's place: the old table serves, the error is told, the next good save
//! applies. Every case ends with that save.

mod in_its_place;
mod notices;
mod texts;
