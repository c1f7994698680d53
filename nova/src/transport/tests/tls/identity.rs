//! The certificate a client shows.

use std::{fs, path::PathBuf, time::SystemTime};

use tokio_rustls::rustls::{RootCertStore, server::WebPkiClientVerifier};

use super::*;
use crate::transport::{Upgrade, upgrade};

/// A folder of this test's own, gone with it.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("nova-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn files(&self) -> (PathBuf, PathBuf) {
        (self.0.join("chain.pem"), self.0.join("key.pem"))
    }

    fn write(&self, (certificate, key): (Certificate, KeyPair)) {
        let files = self.files();
        fs::write(files.0, certificate.pem()).unwrap();
        fs::write(files.1, key.serialize_pem()).unwrap();
    }

    fn tls(&self, trusted: &Authority) -> Tls {
        let (chain, key) = self.files();
        Tls::new().root_pem(trusted.pem()).client_certificate(chain, key)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A server that asks for a certificate of this authority. Returns its port.
async fn asking(servers: &Authority, clients: &Authority) -> u16 {
    let mut roots = RootCertStore::empty();
    roots.add(clients.der().clone()).unwrap();
    let provider = Arc::new(ring::default_provider());
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap();
    serve(showing(config().with_client_cert_verifier(verifier), issued(servers, "localhost", (2020, 2099)))).await
}

/// What a client gets to hear: the greeting, or why it was refused.
async fn heard(port: u16, tls: Tls) -> Result<String> {
    let endpoint = Endpoint::parse(&format!("wss://localhost:{port}/")).unwrap();
    let mut stream = Tcp::new().tls(tls).dial(&endpoint).await?;
    match upgrade(&mut stream, &endpoint, &Upgrade::default(), SystemTime::now()).await {
        // The greeting is no answer to an upgrade.
        Err(Error::Upgrade { reason }) => Ok(reason.into_owned()),
        other => other.map(|_| String::new()),
    }
}

#[tokio::test]
async fn r019_a_certificate_is_shown_and_one_that_is_missing_or_expired_is_refused_in_words() {
    let (servers, clients) = (authority(), authority());
    let port = asking(&servers, &clients).await;
    let folder = Folder::new("shown");
    folder.write(issued(&clients, "desk", (2020, 2099)));
    assert!(heard(port, folder.tls(&servers)).await.expect("shown").contains("http/1.1"));

    let refused = |result: Result<String>, why: &str| match result {
        Err(error @ Error::Tls { .. }) => assert!(error.to_string().contains(why), "{error}"),
        other => panic!("{why}: {other:?}"),
    };
    refused(heard(port, Tls::new().root_pem(servers.pem())).await, "CertificateRequired");
    folder.write(issued(&clients, "desk", (2020, 2021)));
    refused(heard(port, folder.tls(&servers)).await, "CertificateExpired");
    folder.write(issued(&servers, "desk", (2020, 2099)));
    refused(heard(port, folder.tls(&servers)).await, "received fatal alert");
}

#[tokio::test]
async fn r019_a_renewed_certificate_is_shown_from_the_next_connection_on() {
    let (servers, clients) = (authority(), authority());
    let port = asking(&servers, &clients).await;
    let folder = Folder::new("renewed");
    folder.write(issued(&clients, "desk", (2020, 2021)));
    let tls = folder.tls(&servers);
    heard(port, tls.clone()).await.expect_err("expired");
    folder.write(issued(&clients, "desk", (2020, 2099)));
    heard(port, tls.clone()).await.expect("the new one");
    // Half of a pair, as files are while they are being replaced.
    fs::write(folder.files().1, KeyPair::generate().unwrap().serialize_pem()).unwrap();
    heard(port, tls.clone()).await.expect("the last good one");
    fs::remove_file(folder.files().0).unwrap();
    heard(port, tls).await.expect("the last good one");
}

#[tokio::test]
async fn files_that_cannot_be_used_are_refused_before_anybody_is_dialled_and_never_quoted() {
    let (ours, folder) = (authority(), Folder::new("unusable"));
    let (certificate, key) = issued(&ours, "desk", (2020, 2099));
    let (chain, secret) = (certificate.pem(), key.serialize_pem());
    let other = KeyPair::generate().unwrap().serialize_pem();
    let (chain_file, key_file) = folder.files();
    for (chain, key, why) in [
        (None, None, "cannot be read"),
        (Some(chain.as_str()), None, "cannot be read"),
        (Some(""), Some(secret.as_str()), "no certificate"),
        (Some(chain.as_str()), Some("-----BEGIN PRIVATE KEY-----\ns3cr3t\n"), "no private key"),
        (Some(chain.as_str()), Some(other.as_str()), "cannot be used"),
    ] {
        for (file, text) in [(&chain_file, chain), (&key_file, key)] {
            match text {
                Some(text) => fs::write(file, text).unwrap(),
                None => drop(fs::remove_file(file)),
            }
        }
        // Nothing listens at this port: a dial would say so.
        let error = dial("127.0.0.1", 9, folder.tls(&ours)).await.map(|_| ()).expect_err("unusable");
        assert!(matches!(&error, Error::Config { field, .. } if field == "tls.client_certificate"), "{why}: {error}");
        assert!(error.to_string().contains(why) && !error.to_string().contains("s3cr3t"), "{why}: {error}");
    }
    let shown = format!("{:?}", folder.tls(&ours));
    assert!(shown.contains("chain.pem") && !shown.contains("key.pem"), "{shown}");
}
