//! The profiles of the AWS config and credentials files, as the SDK's own parser reads them. Never written.
//!
//! Honours AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE. Reading costs two small files, off the UI thread.

use aws_config::profile::{Profile, ProfileSet};
use aws_types::os_shim_internal::{Env, Fs};

use crate::aws::fault::chain;
use crate::model::fault::{Fault, FaultClass};
use crate::model::time::Timestamp;

/// A profile a person can sign in with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundProfile {
    pub name: String,
    pub region: Option<String>,
    pub kind: ProfileKind,
}

/// Where a profile's credentials come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProfileKind {
    /// An SSO session, or the start page of the older form.
    Sso(String),
    AssumesRole {
        role: String,
        /// The role asks for a code of this device, which the SDK cannot give.
        mfa: bool,
    },
    CredentialProcess,
    /// `aws login`.
    ConsoleLogin,
    AccessKey,
    WebIdentity,
    /// Settings only: it cannot be signed in with.
    None,
}

impl ProfileKind {
    /// In words, for the list of profiles.
    pub fn label(&self) -> String {
        match self {
            Self::Sso(session) => format!("SSO session \"{session}\""),
            Self::AssumesRole { role, mfa: false } => format!("assumes role {role}"),
            Self::AssumesRole { role, mfa: true } => format!("assumes role {role} with MFA"),
            Self::CredentialProcess => "credential process".to_owned(),
            Self::ConsoleLogin => "console login".to_owned(),
            Self::AccessKey => "access key".to_owned(),
            Self::WebIdentity => "web identity".to_owned(),
            Self::None => "no credentials".to_owned(),
        }
    }
}

/// All profiles by name, those without credentials left out. A file that is not there holds none.
pub async fn list(now: Timestamp) -> Result<Vec<FoundProfile>, Fault> {
    let set = load(now).await?;
    let mut names: Vec<&str> = set.profiles().collect();
    names.sort_unstable();
    let found = names.into_iter().filter_map(|name| {
        let profile = set.get_profile(name)?;
        Some(FoundProfile {
            name: name.to_owned(),
            region: profile.get("region").map(str::to_owned),
            kind: kind(profile),
        })
    });
    Ok(found
        .filter(|profile| profile.kind != ProfileKind::None)
        .collect())
}

/// What the session of one profile needs to know beyond what the SDK reads itself.
#[derive(Clone, Debug)]
pub(super) struct ProfileFacts {
    pub kind: ProfileKind,
    pub region: Option<String>,
    /// A file of certificates to trust, which the SDK for Rust does not read itself.
    pub ca_bundle: Option<String>,
}

/// The facts of one profile; a fault of class sign-in when there is no such profile.
pub(super) async fn facts(name: &str, now: Timestamp) -> Result<ProfileFacts, Fault> {
    let set = load(now).await?;
    let Some(profile) = set.get_profile(name) else {
        let mut fault = Fault::local(
            "profile",
            "read",
            format!("there is no profile \"{name}\" in the AWS config and credentials files"),
            now,
        );
        fault.class = FaultClass::SignIn;
        return Err(fault);
    };
    Ok(ProfileFacts {
        kind: kind(profile),
        region: profile.get("region").map(str::to_owned),
        ca_bundle: profile.get("ca_bundle").map(str::to_owned),
    })
}

async fn load(now: Timestamp) -> Result<ProfileSet, Fault> {
    #[expect(
        deprecated,
        reason = "the name it moved to lives in aws-runtime, which nothing else here needs"
    )]
    let files = aws_config::profile::profile_file::ProfileFiles::default();
    let set = aws_config::profile::load(&Fs::real(), &Env::real(), &files, None).await;
    set.map_err(|error| {
        let mut fault = Fault::local("profile", "read", chain(&error), now);
        fault.class = FaultClass::SignIn;
        fault
    })
}

/// The order is the SDK's own (aws-config, profile/credentials/repr.rs): a role before what signs in for it.
fn kind(profile: &Profile) -> ProfileKind {
    let has = |name: &str| profile.get(name).is_some_and(|value| !value.is_empty());
    if let Some(role) = profile.get("role_arn")
        && has("web_identity_token_file")
    {
        return match role {
            "" => ProfileKind::None,
            _ => ProfileKind::WebIdentity,
        };
    }
    if let Some(role) = profile.get("role_arn") {
        return ProfileKind::AssumesRole {
            role: role.to_owned(),
            mfa: has("mfa_serial"),
        };
    }
    if let Some(session) = profile
        .get("sso_session")
        .or_else(|| profile.get("sso_start_url"))
    {
        return ProfileKind::Sso(session.to_owned());
    }
    if has("login_session") {
        return ProfileKind::ConsoleLogin;
    }
    if has("credential_process") {
        return ProfileKind::CredentialProcess;
    }
    if has("aws_access_key_id") {
        return ProfileKind::AccessKey;
    }
    ProfileKind::None
}
