//! Access keys: one fixed pair for each account, and the session keys that AssumeRole hands out.

use std::collections::BTreeMap;
use std::fmt;

use crate::sim::random::Random;
use crate::sim::wire::Millis;

/// A key pair and who it stands for.
#[derive(Clone)]
pub struct Key {
    pub access_key_id: String,
    pub secret_access_key: String,
    pub account: String,
    pub arn: String,
    /// `AIDA…` for a user, `AROA…:session` for a role.
    pub user_id: String,
    pub session: Option<Session>,
}

/// What makes a key temporary.
#[derive(Clone)]
pub struct Session {
    pub token: String,
    pub expires: Millis,
}

// Written by hand so that no log line can hold a secret, were it only a simulated one.
impl fmt::Debug for Key {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Key")
            .field("access_key_id", &self.access_key_id)
            .field("arn", &self.arn)
            .finish_non_exhaustive()
    }
}

/// Every key in use, by its id.
#[derive(Debug, Default)]
pub struct Keys {
    keys: BTreeMap<String, Key>,
    /// Sessions issued, so that each gets other keys.
    issued: u64,
}

impl Keys {
    pub fn get(&self, access_key_id: &str) -> Option<&Key> {
        self.keys.get(access_key_id)
    }

    /// The user id behind an ARN.
    pub fn user_id(&self, arn: &str) -> Option<&str> {
        self.keys
            .values()
            .find(|key| key.arn == arn)
            .map(|key| key.user_id.as_str())
    }

    /// Whether an account has a key, and so exists.
    pub fn knows_account(&self, account: &str) -> bool {
        self.keys.values().any(|key| key.account == account)
    }

    /// Makes the fixed key of an account; the same account has the same key at every start.
    pub fn add_account(&mut self, account: &str, user: &str) -> Key {
        let mut random = Random::named(0, &format!("key of {account}"));
        let key = Key {
            access_key_id: format!("AKIA{}", random.capitals(16)),
            secret_access_key: secret(&mut random),
            account: account.to_owned(),
            arn: format!("arn:aws:iam::{account}:user/{user}"),
            user_id: format!("AIDA{}", random.capitals(17)),
            session: None,
        };
        self.keys.insert(key.access_key_id.clone(), key.clone());
        key
    }

    /// Issues a session of a role in an account.
    pub fn assume(&mut self, account: &str, role: &str, session: &str, expires: Millis) -> Key {
        self.issued += 1;
        let mut random = Random::named(self.issued, &format!("session {account}/{role}/{session}"));
        let mut role_id = Random::named(0, &format!("role {account}/{role}"));
        let key = Key {
            access_key_id: format!("ASIA{}", random.capitals(16)),
            secret_access_key: secret(&mut random),
            account: account.to_owned(),
            arn: format!("arn:aws:sts::{account}:assumed-role/{role}/{session}"),
            user_id: format!("AROA{}:{session}", role_id.capitals(17)),
            session: Some(Session {
                token: format!("IQoJb3JpZ2luX2VjE{}", random.hex(160)),
                expires,
            }),
        };
        self.keys.insert(key.access_key_id.clone(), key.clone());
        key
    }
}

fn secret(random: &mut Random) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    (0..40)
        .filter_map(|_| random.pick(ALPHABET).copied())
        .map(char::from)
        .collect()
}
