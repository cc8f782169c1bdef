//! The accounts a person is signed in to, as their cards show them.

use crate::model::ids::{AccountName, AccountNumber, Region, Scope};
use crate::model::remote::Remote;
use crate::model::table::Record;
use crate::model::time::Timestamp;

/// One account with its regions: what the card on the Accounts view shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    pub name: AccountName,
    pub regions: Vec<Region>,
    /// Where its credentials come from, in words: `AWS profile "team"`, `access key AKIA…7Q in the keyring`.
    pub source: String,
    /// Where the secret lives, in words: `the system's keyring (Secret Service)`, `memory, for this run only`.
    pub secret_place: String,
    /// Writes are refused before they are sent.
    pub read_only: bool,
    /// A gate asks for the pipeline's name before it is approved.
    pub production: bool,
    /// Served by the simulated account.
    pub simulated: bool,
    /// A custom endpoint, said loudly on the card.
    pub endpoint: Option<String>,
    /// STS GetCallerIdentity in the first region.
    pub identity: Remote<Identity>,
}

impl Record for Account {
    type Key = AccountName;

    fn key(&self) -> &AccountName {
        &self.name
    }
}

impl Account {
    pub fn scopes(&self) -> impl Iterator<Item = Scope> + '_ {
        self.regions.iter().map(|region| Scope {
            account: self.name.clone(),
            region: region.clone(),
        })
    }

    pub fn number(&self) -> Option<&AccountNumber> {
        self.identity.value().map(|identity| &identity.account)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    pub account: AccountNumber,
    pub arn: String,
    /// When the credentials end, where the provider tells it.
    pub expires: Option<Timestamp>,
}
