//! One place's parameters, secrets and encryption keys: that they are there and how they stand.
//!
//! No value is kept, for none is ever told: builds of the simulated account read none, and Starboard never asks.

use std::collections::BTreeMap;

use crate::sim::random::Random;
use crate::sim::wire::Millis;
use crate::sim::world::Owner;

/// The services whose own key every place has, as `alias/aws/NAME`.
const MANAGED: [&str; 5] = ["codecommit", "ebs", "s3", "secretsmanager", "ssm"];

/// One place's parameters, secrets and keys.
#[derive(Debug, Default)]
pub struct Vault {
    owner: Owner,
    parameters: BTreeMap<String, Parameter>,
    secrets: BTreeMap<String, Secret>,
    keys: BTreeMap<String, EncryptionKey>,
}

/// A parameter of Systems Manager.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    pub name: String,
    /// `String`, `StringList` or `SecureString`.
    pub kind: &'static str,
    pub description: Option<String>,
    /// Of a `SecureString`: an ARN, an id or `alias/…`.
    pub key: Option<String>,
    pub changed: Millis,
    /// The ARN of who changed it.
    pub changed_by: String,
    pub version: i64,
}

impl Parameter {
    pub const KINDS: [&'static str; 3] = ["String", "StringList", "SecureString"];
}

/// A secret of Secrets Manager.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Secret {
    pub name: String,
    /// What Secrets Manager puts behind the name in the ARN.
    pub suffix: String,
    pub description: Option<String>,
    /// Absent: the service's own.
    pub key: Option<String>,
    pub created: Millis,
    pub changed: Millis,
    /// When it was given up; it can be had back for some days.
    pub deleted: Option<Millis>,
    /// Version id to its stages.
    pub versions: BTreeMap<String, Vec<String>>,
    pub rotated_days: Option<i64>,
}

impl Secret {
    pub fn arn(&self, owner: &Owner) -> String {
        format!(
            "arn:aws:secretsmanager:{}:{}:secret:{}-{}",
            owner.region, owner.account, self.name, self.suffix
        )
    }
}

/// How a key stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyState {
    Enabled,
    Disabled,
    PendingDeletion,
}

impl KeyState {
    pub const ALL: [Self; 3] = [Self::Enabled, Self::Disabled, Self::PendingDeletion];

    /// KMS's word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Enabled => "Enabled",
            Self::Disabled => "Disabled",
            Self::PendingDeletion => "PendingDeletion",
        }
    }
}

/// A key of KMS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EncryptionKey {
    /// A UUID.
    pub id: String,
    pub description: String,
    /// `alias/…`
    pub aliases: Vec<String>,
    pub created: Millis,
    pub state: KeyState,
    pub deletion: Option<Millis>,
    /// A service's own, which nobody can disable.
    pub managed: bool,
}

impl Vault {
    /// A place with nothing but the services' own keys.
    pub fn new(owner: &Owner) -> Self {
        let mut vault = Self {
            owner: owner.clone(),
            ..Self::default()
        };
        for service in MANAGED {
            let key = managed(owner, service);
            vault.add_key(key);
        }
        vault
    }

    pub fn owner(&self) -> &Owner {
        &self.owner
    }

    pub fn add_parameter(&mut self, parameter: Parameter) {
        self.parameters.insert(parameter.name.clone(), parameter);
    }

    pub fn add_secret(&mut self, secret: Secret) {
        self.secrets.insert(secret.name.clone(), secret);
    }

    pub fn add_key(&mut self, key: EncryptionKey) {
        self.keys.insert(key.id.clone(), key);
    }

    /// The parameters in order of name.
    pub fn parameters(&self) -> impl Iterator<Item = &Parameter> {
        self.parameters.values()
    }

    /// A secret by its name, its ARN, or its ARN without what is put behind the name.
    pub fn secret(&self, named: &str) -> Option<&Secret> {
        let prefix = format!(
            "arn:aws:secretsmanager:{}:{}:secret:",
            self.owner.region, self.owner.account
        );
        let name = named.strip_prefix(&prefix).unwrap_or(named);
        self.secrets.get(name).or_else(|| {
            let mut secrets = self.secrets.values();
            secrets.find(|secret| secret.arn(&self.owner) == named)
        })
    }

    /// A key by its id or one of its aliases.
    pub fn key(&self, named: &str) -> Option<&EncryptionKey> {
        self.keys.get(named).or_else(|| {
            let mut keys = self.keys.values();
            keys.find(|key| key.aliases.iter().any(|alias| alias == named))
        })
    }
}

/// The key that a service made for itself.
fn managed(owner: &Owner, service: &str) -> EncryptionKey {
    // The key of S3 is the one that its objects name.
    let name = if service == "s3" {
        format!("key of {}", owner.account)
    } else {
        format!("key of {service} {} {}", owner.account, owner.region)
    };
    EncryptionKey {
        id: Random::named(0, &name).uuid(),
        description: format!(
            "Default key that protects my {} data when no other key is defined",
            service.to_uppercase()
        ),
        aliases: vec![format!("alias/aws/{service}")],
        created: 1_600_000_000_000,
        state: KeyState::Enabled,
        deletion: None,
        managed: true,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{KeyState, Secret, Vault};
    use crate::sim::world::Owner;

    #[test]
    fn a_secret_is_found_by_its_name_and_by_both_forms_of_its_arn() {
        let owner = Owner {
            account: "220744100831".to_owned(),
            region: "eu-west-1".to_owned(),
            ..Owner::default()
        };
        let mut vault = Vault::new(&owner);
        vault.add_secret(Secret {
            name: "web/npm".to_owned(),
            suffix: "a1B2c3".to_owned(),
            description: None,
            key: None,
            created: 0,
            changed: 0,
            deleted: None,
            versions: BTreeMap::new(),
            rotated_days: None,
        });
        let arn = "arn:aws:secretsmanager:eu-west-1:220744100831:secret:web/npm";
        for named in ["web/npm", arn, &format!("{arn}-a1B2c3")] {
            assert!(vault.secret(named).is_some(), "{named}");
        }
        assert!(vault.secret("web").is_none());
        let own = vault.key("alias/aws/ssm").unwrap();
        assert!(own.managed && own.state == KeyState::Enabled);
        assert_eq!(vault.key(&own.id), Some(own));
    }
}
