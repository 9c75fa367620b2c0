//! Why texts could not be read.

use std::fmt;
use std::io;

use super::center::CenterError;

/// A fault that keeps a source from handing over its documents. Equal faults compare as equal, so
/// that one which lasts is told once.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// There is no such file (any more).
    #[error("{file} is gone")]
    Gone {
        /// The file as it was given.
        file: String,
    },
    /// A symbolic link that leads nowhere.
    #[error("{file} is a link to {target}, which does not exist")]
    DanglingLink {
        /// The file as it was given.
        file: String,
        /// What the link says.
        target: String,
    },
    /// Symbolic links that lead in a circle.
    #[error("{file} can't be found: its links lead in a circle")]
    LinkLoop {
        /// The file as it was given.
        file: String,
    },
    /// A folder, pipe, device or socket in the file's place.
    #[error("{file} is {kind}, not a regular file")]
    NotRegular {
        /// The file as it was given.
        file: String,
        /// What it is.
        kind: FileKind,
    },
    /// More bytes than are ever read.
    #[error("{file} has {size} bytes; at most {limit} are read")]
    TooLarge {
        /// The file as it was given.
        file: String,
        /// Its size, or how much had been read when it was given up.
        size: u64,
        /// The limit.
        limit: u64,
    },
    /// The router may not read it.
    #[error("{file} may not be read: permission denied")]
    Denied {
        /// The file as it was given.
        file: String,
    },
    /// Its content kept changing while it was read.
    #[error("{file} changes faster than it can be read")]
    Unsteady {
        /// The file as it was given.
        file: String,
    },
    /// Any other refusal of the operating system.
    #[error("{file} can't be read: {}", io::Error::from(*kind))]
    Io {
        /// The file as it was given.
        file: String,
        /// The reason.
        kind: io::ErrorKind,
    },
    /// An include that is not a glob.
    #[error("{file} includes `{pattern}`, which is not a valid pattern (at character {position})")]
    BadPattern {
        /// The file that includes.
        file: String,
        /// The pattern.
        pattern: String,
        /// Where in the pattern.
        position: usize,
    },
    /// More files than are ever read together.
    #[error("{file} leads to more than {limit} files")]
    TooManyFiles {
        /// The main file.
        file: String,
        /// The limit.
        limit: usize,
    },
    /// The config center gave no document.
    #[error("{center} {error}")]
    Center {
        /// Its address, without the login.
        center: String,
        /// Why.
        error: CenterError,
    },
    /// The watching thread has ended; nothing will be heard of this source any more.
    #[error("the files are no longer watched: the watching thread has ended")]
    Stopped,
}

/// What stands where a regular file should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FileKind {
    /// A folder.
    Folder,
    /// A named pipe.
    Pipe,
    /// A block or character device.
    Device,
    /// A socket.
    Socket,
    /// Something this system doesn't name.
    Other,
}

// === impl SourceError ===

impl SourceError {
    /// Returns whether the file is simply not there.
    #[must_use]
    pub fn is_gone(&self) -> bool {
        matches!(self, Self::Gone { .. })
    }

    /// Returns the file that it is about, as it was given.
    #[must_use]
    pub fn file(&self) -> Option<&str> {
        match self {
            Self::Gone { file }
            | Self::DanglingLink { file, .. }
            | Self::LinkLoop { file }
            | Self::NotRegular { file, .. }
            | Self::TooLarge { file, .. }
            | Self::Denied { file }
            | Self::Unsteady { file }
            | Self::Io { file, .. }
            | Self::BadPattern { file, .. }
            | Self::TooManyFiles { file, .. } => Some(file),
            Self::Center { .. } | Self::Stopped => None,
        }
    }

    /// Returns what the operator can do about it, where that isn't plain.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Gone { .. } => Some("write it again, or stop the router if it is not wanted any more"),
            Self::DanglingLink { .. } | Self::LinkLoop { .. } => Some("point the link at the file again"),
            Self::NotRegular { kind: FileKind::Folder, .. } => Some(
                "a container engine makes a folder where the mounted file did not exist; mount its folder instead",
            ),
            Self::Denied { .. } => Some("let the router's user read it"),
            Self::Center { error, .. } => error.hint(),
            Self::NotRegular { .. }
            | Self::TooLarge { .. }
            | Self::Unsteady { .. }
            | Self::Io { .. }
            | Self::BadPattern { .. }
            | Self::TooManyFiles { .. }
            | Self::Stopped => None,
        }
    }
}

impl fmt::Display for FileKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Folder => "a folder",
            Self::Pipe => "a named pipe",
            Self::Device => "a device",
            Self::Socket => "a socket",
            Self::Other => "something else",
        })
    }
}
