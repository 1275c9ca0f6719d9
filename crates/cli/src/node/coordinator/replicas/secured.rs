//! TLS between replicas. Both ends have the same key, which only holders of the node key can compute, show it as a raw public key (RFC
//! 7250), and accept no other.

use std::sync::Arc;

use alloy::primitives::B256;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, DistinguishedName, Error, ServerConfig, SignatureScheme,
    client::{
        AlwaysResolvesClientRawPublicKeys,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::{CryptoProvider, WebPkiSupportedAlgorithms, ring, verify_tls13_signature_with_raw_key},
    pki_types::{CertificateDer, PrivatePkcs8KeyDer, ServerName, SubjectPublicKeyInfoDer, UnixTime},
    server::{
        AlwaysResolvesServerRawPublicKeys,
        danger::{ClientCertVerified, ClientCertVerifier},
    },
    sign::{CertifiedKey, SigningKey},
    version::TLS13,
};

/// What stands before the 32 bytes of an Ed25519 key in PKCS #8 (RFC 8410, 7).
const PKCS8: [u8; 16] =
    [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];

/// The two ends of connections between replicas.
#[derive(Clone, Debug)]
pub(super) struct Secured {
    pub(super) server: Arc<ServerConfig>,
    pub(super) client: Arc<ClientConfig>,
}

impl Secured {
    /// With the key that is made of this secret.
    pub(super) fn new(secret: &B256) -> Result<Self, Error> {
        let provider = Arc::new(ring::default_provider());
        let (key, public) = read_key(&provider, secret)?;
        let certified = Arc::new(CertifiedKey::new(vec![CertificateDer::from(public.to_vec())], key));
        let same = Arc::new(Same { public, algorithms: provider.signature_verification_algorithms });
        let server = ServerConfig::builder_with_provider(provider.clone())
            .with_protocol_versions(&[&TLS13])?
            .with_client_cert_verifier(same.clone())
            .with_cert_resolver(Arc::new(AlwaysResolvesServerRawPublicKeys::new(certified.clone())));
        let client = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&TLS13])?
            .dangerous()
            .with_custom_certificate_verifier(same)
            .with_client_cert_resolver(Arc::new(AlwaysResolvesClientRawPublicKeys::new(certified)));
        Ok(Self { server: Arc::new(server), client: Arc::new(client) })
    }
}

/// The key that is made of a secret, and its public half.
fn read_key(
    provider: &CryptoProvider,
    secret: &B256,
) -> Result<(Arc<dyn SigningKey>, SubjectPublicKeyInfoDer<'static>), Error> {
    let pkcs8 = PrivatePkcs8KeyDer::from([&PKCS8[..], secret.as_slice()].concat());
    let key = provider.key_provider.load_private_key(pkcs8.into())?;
    let public = key.public_key().ok_or_else(|| Error::General("the key has no public half".into()))?.into_owned();
    Ok((key, public))
}

/// Accepts the peer that has the same key.
#[derive(Debug)]
struct Same {
    public: SubjectPublicKeyInfoDer<'static>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl Same {
    fn check(&self, shown: &CertificateDer<'_>) -> Result<(), Error> {
        match shown.as_ref() == self.public.as_ref() {
            true => Ok(()),
            false => Err(CertificateError::ApplicationVerificationFailure.into()),
        }
    }

    fn signed(
        &self,
        message: &[u8],
        shown: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let shown = SubjectPublicKeyInfoDer::from(shown.as_ref());
        verify_tls13_signature_with_raw_key(message, &shown, signature, &self.algorithms)
    }
}

/// Nothing below TLS 1.3 is spoken.
fn too_old() -> Error {
    Error::General("replicas speak TLS 1.3".into())
}

impl ServerCertVerifier for Same {
    fn verify_server_cert(
        &self,
        shown: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _ocsp: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        self.check(shown).map(|()| ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _shown: &CertificateDer<'_>,
        _signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(too_old())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        shown: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.signed(message, shown, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }

    fn requires_raw_public_keys(&self) -> bool {
        true
    }
}

impl ClientCertVerifier for Same {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        shown: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        self.check(shown).map(|()| ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _shown: &CertificateDer<'_>,
        _signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(too_old())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        shown: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.signed(message, shown, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }

    fn requires_raw_public_keys(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};
    use tokio_rustls::{TlsAcceptor, TlsConnector};

    use super::*;

    /// What one end hears of the other, whose keys are made of these secrets.
    async fn heard(server: B256, client: B256) -> Option<Vec<u8>> {
        let (server, client) = (Secured::new(&server).expect("a key"), Secured::new(&client).expect("a key"));
        let (near, far) = duplex(1 << 16);
        let accepting = async {
            let mut stream = TlsAcceptor::from(server.server).accept(near).await.ok()?;
            let mut heard = vec![];
            stream.read_to_end(&mut heard).await.ok()?;
            Some(heard)
        };
        let connecting = async {
            let name = ServerName::try_from("replica").expect("a name");
            if let Ok(mut stream) = TlsConnector::from(client.client).connect(name, far).await {
                let _ = stream.write_all(b"tokens").await;
                let _ = stream.shutdown().await;
                // The other end may still be writing, and a connection that is gone would be an error to it.
                let _ = stream.read_to_end(&mut vec![]).await;
            }
        };
        tokio::join!(accepting, connecting).0
    }

    #[tokio::test]
    async fn v21_replicas_speak_with_holders_of_their_key_alone() {
        let (own, other) = (B256::repeat_byte(1), B256::repeat_byte(2));
        assert_eq!(heard(own, own).await.as_deref(), Some(&b"tokens"[..]));
        assert_eq!(heard(own, other).await, None);
        assert_eq!(heard(other, own).await, None);
    }

    #[tokio::test]
    async fn v21_who_shows_no_key_is_not_heard() {
        let own = Secured::new(&B256::repeat_byte(1)).expect("a key");
        let stranger = {
            let provider = Arc::new(ring::default_provider());
            let (_, public) = read_key(&provider, &B256::repeat_byte(1)).expect("a key");
            let same = Arc::new(Same { public, algorithms: provider.signature_verification_algorithms });
            let builder = ClientConfig::builder_with_provider(provider).with_protocol_versions(&[&TLS13]);
            let builder = builder.expect("TLS 1.3").dangerous().with_custom_certificate_verifier(same);
            Arc::new(builder.with_no_client_auth())
        };
        let (near, far) = duplex(1 << 16);
        let connecting = async {
            let name = ServerName::try_from("replica").expect("a name");
            if let Ok(mut stream) = TlsConnector::from(stranger).connect(name, far).await {
                let _ = stream.write_all(b"tokens").await;
            }
        };
        let (accepted, ()) = tokio::join!(TlsAcceptor::from(own.server).accept(near), connecting);
        assert!(accepted.is_err());
    }
}
