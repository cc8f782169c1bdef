//! Secrets for this run: what is here goes with the process.

use std::collections::BTreeMap;

use secrecy::SecretString;
use tokio::sync::Mutex;

use crate::secrets::{BoxFuture, Vault, VaultError};

#[derive(Default)]
pub struct Memory(Mutex<BTreeMap<String, SecretString>>);

impl Vault for Memory {
    fn place(&self) -> &'static str {
        "memory, for this run only"
    }

    fn store<'a>(
        &'a self,
        user: &'a str,
        document: SecretString,
    ) -> BoxFuture<'a, Result<(), VaultError>> {
        Box::pin(async move {
            self.0.lock().await.insert(user.to_owned(), document);
            Ok(())
        })
    }

    fn read<'a>(
        &'a self,
        user: &'a str,
    ) -> BoxFuture<'a, Result<Option<SecretString>, VaultError>> {
        Box::pin(async move { Ok(self.0.lock().await.get(user).cloned()) })
    }

    fn delete<'a>(&'a self, user: &'a str) -> BoxFuture<'a, Result<(), VaultError>> {
        Box::pin(async move {
            self.0.lock().await.remove(user);
            Ok(())
        })
    }
}
