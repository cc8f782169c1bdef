//! A signed-in account: where its credentials come from, and the SDK's configuration made of that.
//!
//! Real accounts honour AWS's files, variables, proxies and endpoint settings; a simulated account knows none of them.
//! The SDK makes one attempt a call, because the engine's scheduler owns retries, and never asks the instance metadata
//! service unless a profile names it: on a desk that costs seconds.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_config::ecs::EcsCredentialsProvider;
use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_config::meta::credentials::CredentialsProviderChain;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::web_identity_token::WebIdentityTokenCredentialsProvider;
use aws_credential_types::Credentials;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};
use aws_sdk_sts::config::{BehaviorVersion, IdentityCache};
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_http_client::{Builder as HttpBuilder, Connector};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;
use aws_types::app_name::AppName;
use aws_types::region::Region as SdkRegion;
use aws_types::sdk_config::TimeSource;
use aws_types::service_config::ServiceConfigKey;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::Mutex;

use crate::aws::calls::Clients;
use crate::aws::profiles::{self, ProfileKind};
use crate::engine::source::Clock;
use crate::model::fault::{Fault, FaultClass};
use crate::model::ids::{AccountName, Region, Scope};
use crate::model::time::Timestamp;
use crate::secrets::Vaults;

const CONNECT: Duration = Duration::from_secs(3);
const READ: Duration = Duration::from_secs(10);
const OPERATION: Duration = Duration::from_secs(25);
/// A credential process or a sign-in service may be slower than a call, but not than an operation.
const CREDENTIALS: Duration = Duration::from_secs(20);

/// What it takes to sign in to one account.
#[derive(Clone, Debug)]
pub struct Login {
    pub account: AccountName,
    pub source: LoginSource,
    /// A custom endpoint for every service: `--endpoint-url`, or the simulated account's.
    pub endpoint: Option<String>,
}

#[derive(Clone, Debug)]
pub enum LoginSource {
    /// A profile of the AWS files.
    Profile(String),
    /// The variables this program was started with: keys, a web identity, or a container's credentials.
    Environment,
    /// An access key kept under this name in the vaults.
    Kept(String),
    /// The simulated account's fixed key. Reads no file, no variable and no proxy.
    Simulated {
        access_key_id: String,
        secret_access_key: SecretString,
    },
}

impl LoginSource {
    /// Where the credentials come from, in words for the account's card.
    pub fn label(&self) -> String {
        match self {
            Self::Profile(name) => format!("AWS profile \"{name}\""),
            Self::Environment => "environment variables".to_owned(),
            Self::Kept(name) => format!("access key kept as \"{name}\""),
            Self::Simulated { .. } => "the simulated account".to_owned(),
        }
    }
}

/// An open session of one account: its configuration, and the clients of the regions asked for so far.
pub(super) struct Session {
    account: AccountName,
    config: SdkConfig,
    clock: Clock,
    expires: Arc<AtomicI64>,
    sign_in_hint: Option<String>,
    /// Custom endpoints in force, each with the services it is for.
    pub endpoints: Vec<String>,
    regions: Mutex<BTreeMap<Region, Arc<Clients>>>,
}

impl Session {
    pub(super) async fn open(login: &Login, vaults: &Vaults, clock: &Clock) -> Result<Self, Fault> {
        let expires = Arc::new(AtomicI64::new(0));
        let watch = |provider: SharedCredentialsProvider| Watched {
            inner: provider,
            expires: Arc::clone(&expires),
        };
        let mut sign_in_hint = None;
        let config = match &login.source {
            LoginSource::Simulated {
                access_key_id,
                secret_access_key,
            } => {
                let key = Credentials::new(
                    access_key_id,
                    secret_access_key.expose_secret(),
                    None,
                    None,
                    "simulated",
                );
                simulated(login, watch(SharedCredentialsProvider::new(key)), clock)
            }
            LoginSource::Profile(name) => {
                let facts = profiles::facts(name, clock.now()).await?;
                sign_in_hint = hint(name, &facts.kind);
                if let Some(fault) = asks_for_mfa(name, &facts.kind, clock.now()) {
                    return Err(fault);
                }
                let http = real_http(facts.ca_bundle.as_deref(), clock.now()).await?;
                let provider = ProfileFileCredentialsProvider::builder()
                    .profile_name(name)
                    .configure(&provider_config(&http, clock, facts.region))
                    .build();
                let provider = watch(SharedCredentialsProvider::new(provider));
                real(login, Some(name), provider, http, clock).await
            }
            LoginSource::Environment => {
                let http = real_http(None, clock.now()).await?;
                let given = provider_config(&http, clock, None);
                let provider = watch(SharedCredentialsProvider::new(environment(&given)));
                real(login, None, provider, http, clock).await
            }
            LoginSource::Kept(name) => {
                let (key, _place) = vaults.read(name, clock.now()).await?;
                let http = real_http(None, clock.now()).await?;
                let credentials = Credentials::new(
                    key.access_key_id.expose_secret(),
                    key.secret_access_key.expose_secret(),
                    key.session_token
                        .as_ref()
                        .map(|token| token.expose_secret().to_owned()),
                    None,
                    "vault",
                );
                let provider = watch(SharedCredentialsProvider::new(credentials));
                real(login, None, provider, http, clock).await
            }
        };
        let endpoints = endpoints(&config);
        let is_real = !matches!(login.source, LoginSource::Simulated { .. });
        if let Some(fault) = plain_http(&endpoints, clock.now()).filter(|_| is_real) {
            return Err(fault);
        }
        Ok(Self {
            account: login.account.clone(),
            config,
            clock: clock.clone(),
            expires,
            sign_in_hint,
            endpoints,
            regions: Mutex::default(),
        })
    }

    /// The clients of one region; made once, sharing credentials and connections with the others.
    pub(super) async fn clients(&self, region: &Region) -> Arc<Clients> {
        let mut regions = self.regions.lock().await;
        let made = regions.entry(region.clone()).or_insert_with(|| {
            let config = self
                .config
                .to_builder()
                .region(SdkRegion::new(region.as_str().to_owned()))
                .build();
            let scope = Scope {
                account: self.account.clone(),
                region: region.clone(),
            };
            let hint = self.sign_in_hint.clone();
            let custom_endpoint = !self.endpoints.is_empty();
            let clock = self.clock.clone();
            Arc::new(Clients::new(&config, scope, clock, hint, custom_endpoint))
        });
        Arc::clone(made)
    }

    /// When the credentials used last end, where their provider tells it.
    pub(super) fn expires(&self) -> Option<Timestamp> {
        let millis = self.expires.load(Ordering::Acquire);
        (millis > 0).then(|| Timestamp::from_millis(millis))
    }
}

/// Passes credentials on and remembers when they end.
#[derive(Debug)]
struct Watched {
    inner: SharedCredentialsProvider,
    expires: Arc<AtomicI64>,
}

impl ProvideCredentials for Watched {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async move {
            let credentials = self.inner.provide_credentials().await?;
            let ends = credentials
                .expiry()
                .and_then(|expiry| expiry.duration_since(UNIX_EPOCH).ok());
            let millis = ends.map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(0));
            self.expires.store(millis, Ordering::Release);
            Ok(credentials)
        })
    }
}

/// The engine's clock for the SDK: signatures follow the hand that a test turns.
#[derive(Clone)]
struct SdkClock(Clock);

impl fmt::Debug for SdkClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SdkClock")
    }
}

impl TimeSource for SdkClock {
    fn now(&self) -> SystemTime {
        let millis = u64::try_from(self.0.now().millis()).unwrap_or(0);
        UNIX_EPOCH + Duration::from_millis(millis)
    }
}

fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(CONNECT)
        .read_timeout(READ)
        .operation_timeout(OPERATION)
        .build()
}

fn app_name() -> Option<AppName> {
    AppName::new(concat!("starboard-", env!("CARGO_PKG_VERSION"))).ok()
}

fn simulated(login: &Login, provider: Watched, clock: &Clock) -> SdkConfig {
    let mut config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .credentials_provider(SharedCredentialsProvider::new(provider))
        .identity_cache(IdentityCache::lazy().build())
        .retry_config(RetryConfig::disabled())
        .timeout_config(timeouts())
        .time_source(SdkClock(clock.clone()))
        // Plain HTTP to the loopback address: no TLS, and no proxy may come between.
        .http_client(HttpBuilder::new().build_http());
    config.set_endpoint_url(login.endpoint.clone());
    config.set_app_name(app_name());
    config.build()
}

async fn real(
    login: &Login,
    profile: Option<&str>,
    provider: Watched,
    http: SharedHttpClient,
    clock: &Clock,
) -> SdkConfig {
    let mut loader = aws_config::defaults(BehaviorVersion::v2026_01_12())
        .credentials_provider(SharedCredentialsProvider::new(provider))
        .identity_cache(
            IdentityCache::lazy()
                .load_timeout(CREDENTIALS)
                // Refresh well before the end, so that no call meets it.
                .buffer_time(Duration::from_mins(5))
                .build(),
        )
        .retry_config(RetryConfig::disabled())
        .timeout_config(timeouts())
        .time_source(SdkClock(clock.clone()))
        .http_client(http)
        // Each client gets its own; without one the loader would ask the instance metadata service.
        .region(SdkRegion::from_static("us-east-1"));
    if let Some(profile) = profile {
        loader = loader.profile_name(profile);
    }
    if let Some(endpoint) = &login.endpoint {
        loader = loader.endpoint_url(endpoint);
    }
    let named = std::env::var_os("AWS_SDK_UA_APP_ID").is_some();
    if let (false, Some(name)) = (named, app_name()) {
        loader = loader.app_name(name);
    }
    Box::pin(loader.load()).await
}

fn provider_config(
    http: &SharedHttpClient,
    clock: &Clock,
    region: Option<String>,
) -> ProviderConfig {
    // The region in which roles are assumed and tokens are changed: the variables', then the profile's.
    let named = ["AWS_REGION", "AWS_DEFAULT_REGION"]
        .iter()
        .filter_map(|name| std::env::var(name).ok())
        .chain(region)
        .find(|region| !region.is_empty());
    ProviderConfig::without_region()
        .with_http_client(http.clone())
        .with_time_source(SdkClock(clock.clone()))
        .with_timeout_config(timeouts())
        .with_region(Some(
            named.map_or(SdkRegion::from_static("us-east-1"), SdkRegion::new),
        ))
}

fn environment(config: &ProviderConfig) -> CredentialsProviderChain {
    CredentialsProviderChain::first_try(
        "Environment",
        EnvironmentVariableCredentialsProvider::new(),
    )
    .or_else(
        "WebIdentityToken",
        WebIdentityTokenCredentialsProvider::builder()
            .configure(config)
            .build(),
    )
    .or_else(
        "Container",
        EcsCredentialsProvider::builder().configure(config).build(),
    )
}

/// The HTTPS client of real accounts. A client built by hand ignores proxies unless each connector is told of them
/// (aws-smithy-http-client, `ConnectorBuilder::proxy_config`).
async fn real_http(ca_bundle: Option<&str>, now: Timestamp) -> Result<SharedHttpClient, Fault> {
    let bundle = std::env::var("AWS_CA_BUNDLE")
        .ok()
        .or_else(|| ca_bundle.map(str::to_owned));
    let tls = match bundle.filter(|path| !path.is_empty()) {
        Some(path) => tls_of(&path, now).await?,
        None => TlsContext::default(),
    };
    Ok(
        HttpBuilder::new().build_with_connector_fn(move |settings, components| {
            let mut builder = Connector::builder().proxy_config(ProxyConfig::from_env());
            builder.set_connector_settings(settings.cloned());
            builder.set_sleep_impl(components.and_then(
                aws_smithy_runtime_api::client::runtime_components::RuntimeComponents::sleep_impl,
            ));
            builder
                .tls_provider(Provider::Rustls(CryptoMode::Ring))
                .tls_context(tls.clone())
                .build()
        }),
    )
}

async fn tls_of(path: &str, now: Timestamp) -> Result<TlsContext, Fault> {
    let unusable =
        |why: String| Fault::local("tls", "read", format!("the CA bundle {path}: {why}"), now);
    let pem = tokio::fs::read(path)
        .await
        .map_err(|error| unusable(error.to_string()))?;
    TlsContext::builder()
        .with_trust_store(TrustStore::default().with_pem_certificate(pem))
        .build()
        .map_err(|error| unusable(error.to_string()))
}

fn hint(profile: &str, kind: &ProfileKind) -> Option<String> {
    match kind {
        ProfileKind::Sso(_) => Some(format!("run `aws sso login --profile {profile}`")),
        ProfileKind::ConsoleLogin => Some(format!("run `aws login --profile {profile}`")),
        ProfileKind::CredentialProcess => Some(format!(
            "see what the credential_process of profile \"{profile}\" says"
        )),
        _ => None,
    }
}

/// The SDK would assume the role without the code and be denied, with no word about why.
fn asks_for_mfa(profile: &str, kind: &ProfileKind, now: Timestamp) -> Option<Fault> {
    let ProfileKind::AssumesRole { mfa: true, .. } = kind else {
        return None;
    };
    let mut fault = Fault::local(
        "profile",
        "sign in",
        format!(
            "profile \"{profile}\" names an mfa_serial, and Starboard cannot ask for its code yet. \
             Use an SSO profile, or a credential_process that asks for it"
        ),
        now,
    );
    fault.class = FaultClass::SignIn;
    Some(fault)
}

/// Services this program calls, as `AWS_ENDPOINT_URL_<SERVICE>` and the `services` section name them.
const SERVICE_IDS: [&str; 9] = [
    "CodePipeline",
    "CodeBuild",
    "CodeDeploy",
    "CodeCommit",
    "CloudWatch",
    "CloudWatch Logs",
    "CloudTrail",
    "S3",
    "STS",
];

/// The custom endpoints in force: one for all, or those of single services.
fn endpoints(config: &SdkConfig) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    if !config.get_origin("endpoint_url").is_client_config() {
        for service in SERVICE_IDS {
            let key = ServiceConfigKey::builder()
                .service_id(service)
                .env("AWS_ENDPOINT_URL")
                .profile("endpoint_url")
                .build();
            let (Ok(key), Some(settings)) = (key, config.service_config()) else {
                continue;
            };
            if let Some(endpoint) = settings.load_config(key)
                && !found.contains(&endpoint)
            {
                found.push(endpoint);
            }
        }
    }
    if let Some(endpoint) = config.endpoint_url()
        && !found.iter().any(|known| known == endpoint)
    {
        found.push(endpoint.to_owned());
    }
    found
}

/// Real credentials sign requests, and signed requests over plain HTTP tell a bystander the account's business.
fn plain_http(endpoints: &[String], now: Timestamp) -> Option<Fault> {
    for endpoint in endpoints {
        let parsed = url::Url::parse(endpoint);
        let safe = match &parsed {
            Ok(url) if url.scheme() == "https" => true,
            Ok(url) if url.scheme() == "http" => match url.host() {
                Some(url::Host::Ipv4(address)) => address.is_loopback(),
                Some(url::Host::Ipv6(address)) => address.is_loopback(),
                Some(url::Host::Domain(name)) => name == "localhost",
                None => false,
            },
            _ => false,
        };
        if !safe {
            return Some(Fault::local(
                "endpoint",
                "sign in",
                format!(
                    "the endpoint {endpoint} is refused: plain HTTP only goes to this computer itself"
                ),
                now,
            ));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_goes_to_the_loopback_only() {
        let now = Timestamp::from_millis(1);
        for (endpoint, allowed) in [
            (
                "https://vpce-1.codepipeline.eu-west-1.vpce.amazonaws.com",
                true,
            ),
            ("http://127.0.0.1:4566", true),
            ("http://[::1]:4566", true),
            ("http://localhost:4566", true),
            ("http://10.0.0.8:4566", false),
            ("http://127.0.0.1.example.com", false),
            ("ftp://example.com", false),
            ("not a url", false),
        ] {
            let refused = plain_http(&[endpoint.to_owned()], now);
            assert_eq!(refused.is_none(), allowed, "{endpoint}");
        }
    }

    #[test]
    fn a_login_shows_no_secret() {
        let login = Login {
            account: "prod".into(),
            source: LoginSource::Simulated {
                access_key_id: "AKIDSIM".to_owned(),
                secret_access_key: "canary".into(),
            },
            endpoint: None,
        };
        assert!(!format!("{login:?}").contains("canary"));
    }
}
