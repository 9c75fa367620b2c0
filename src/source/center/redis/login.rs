//! Who we are, and which database we want.

use crate::source::center::answer::clipped;
use crate::source::center::{CenterAddress, CenterError};
use crate::table::Secret;

/// What a connection begins with.
#[derive(Debug, Clone)]
pub(super) struct Login {
    user: Option<String>,
    password: Option<Secret>,
    database: u32,
}

// === impl Login ===

impl Login {
    /// Takes the login off an address.
    pub(super) fn of(address: &CenterAddress) -> Result<Self, CenterError> {
        let database = address.parameter("db").unwrap_or("0");
        let database = database
            .parse()
            .map_err(|_| CenterError::Nonsense(format!("`db={database}` in the address is no number")))?;
        Ok(Self { user: address.user.clone(), password: address.password.clone(), database })
    }

    /// Returns the database.
    pub(super) fn database(&self) -> u32 {
        self.database
    }

    /// Returns the commands to begin with.
    pub(super) fn commands(&self) -> Vec<Vec<&[u8]>> {
        let mut commands = Vec::new();
        if let Some(password) = &self.password {
            let user = self.user.iter().map(String::as_bytes);
            commands
                .push([&b"AUTH"[..]].into_iter().chain(user).chain([password.expose().as_bytes()]).collect());
        }
        commands
    }

    /// Sorts an error of the server's; whatever it says, no password leaves here.
    pub(super) fn fault(&self, words: &str) -> CenterError {
        // What is left out later must not stand within the password now.
        let mut words: String = words.chars().filter(|c| !c.is_control()).collect();
        if let Some(password) = &self.password {
            words = words.replace(password.expose(), "••••");
        }
        let words = clipped(&words);
        match words.split(' ').next().unwrap_or_default() {
            "NOAUTH" | "WRONGPASS" | "NOPERM" => CenterError::Unauthorized(words),
            "WRONGTYPE" => CenterError::Nonsense("the key is no string".to_owned()),
            _ => CenterError::Refused(words),
        }
    }
}
