//! An HTTP client that hands an answer on once it is there whole, its body in one piece.
//!
//! The SDK collects a body in the pieces in which it came and copies it together twice.

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::connector_metadata::ConnectorMetadata;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::runtime_components::{
    RuntimeComponents, RuntimeComponentsBuilder,
};
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use aws_smithy_types::config_bag::ConfigBag;

/// The largest body taken. A page is a megabyte; one event of ten, each byte of it escaped in six, is sixty.
const MOST: usize = 64 * 1024 * 1024;
/// What no JSON holds. It ends a body that did not come whole, so that the part is never taken for the whole.
const CUT: u8 = 0;

#[derive(Debug)]
pub(super) struct WholeAnswers(pub SharedHttpClient);

impl HttpClient for WholeAnswers {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(WholeConnector(self.0.http_connector(settings, components)))
    }

    fn validate_base_client_config(
        &self,
        components: &RuntimeComponentsBuilder,
        config: &ConfigBag,
    ) -> Result<(), BoxError> {
        HttpClient::validate_base_client_config(&self.0, components, config)
    }

    fn validate_final_config(
        &self,
        components: &RuntimeComponents,
        config: &ConfigBag,
    ) -> Result<(), BoxError> {
        HttpClient::validate_final_config(&self.0, components, config)
    }

    fn connector_metadata(&self) -> Option<ConnectorMetadata> {
        self.0.connector_metadata()
    }
}

#[derive(Debug)]
struct WholeConnector(SharedHttpConnector);

impl HttpConnector for WholeConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let answer = self.0.call(request);
        HttpConnectorFuture::new(async move {
            let mut answer = answer.await?;
            let body = std::mem::replace(answer.body_mut(), SdkBody::taken());
            *answer.body_mut() = SdkBody::from(whole(body, announced(&answer)).await);
            Ok(answer)
        })
    }
}

fn announced(answer: &HttpResponse) -> usize {
    let length = answer.headers().get("content-length");
    length.and_then(|text| text.parse().ok()).unwrap_or(0)
}

async fn whole(body: SdkBody, announced: usize) -> Vec<u8> {
    let mut body = ByteStream::new(body);
    let mut bytes = Vec::with_capacity(announced.min(MOST) + 1);
    loop {
        match body.try_next().await {
            Ok(None) => return bytes,
            Ok(Some(piece)) if bytes.len() + piece.len() <= MOST => bytes.extend_from_slice(&piece),
            Ok(Some(_)) | Err(_) => {
                bytes.push(CUT);
                return bytes;
            }
        }
    }
}
