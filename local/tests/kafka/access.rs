//! Sign-in, TLS, and what is answered to whom.

use super::*;

#[test]
fn a_client_that_is_too_new_is_answered_in_the_oldest_form() {
    let broker = broker();
    for mut client in [Client::connect(broker.address()), Client::signed_in(broker.address())] {
        let mut request = client.frame(ApiKey::ApiVersions, 4, &ApiVersionsRequest::default().into());
        request[3] = 99;
        client.send(&request).unwrap();
        let mut answer = Bytes::from(client.receive().unwrap()).slice(4..);
        let answer = ApiVersionsResponse::decode(&mut answer, 0).unwrap();
        assert_eq!((answer.error_code, answer.api_keys.len()), (35, 22));
        assert_eq!(versions(&mut client).len(), 22, "the same connection goes on");
    }
}

#[test]
fn wrong_credentials_are_refused_in_kafkas_words() {
    let broker = broker();
    for (user, password) in [("user", "Password"), ("other", "password")] {
        let mut client = Client::connect(broker.address());
        let answer = client.sign_in(user, password);
        let words =
            "Authentication failed during authentication due to invalid credentials with SASL mechanism SCRAM-SHA-512";
        assert_eq!((answer.error_code, answer.error_message), (58, Some(text(words))));
        assert!(client.is_closed());
    }
}

#[test]
fn nothing_is_answered_before_sign_in_and_no_second_sign_in_after() {
    let broker = broker();
    let mut client = Client::connect(broker.address());
    let answer = client.handshake("PLAIN", 1);
    assert_eq!((answer.error_code, answer.mechanisms), (33, vec![text("SCRAM-SHA-512")]));
    assert!(client.is_closed());

    let mut client = Client::connect(broker.address());
    assert!(client.call(ApiKey::Fetch, 11, &fetch(0, 0)).is_err());

    let mut client = Client::connect(broker.address());
    client.handshake("SCRAM-SHA-512", 1);
    assert_eq!(client.handshake("SCRAM-SHA-512", 1).error_code, 34);

    let request = requests(ApiKey::SaslHandshake, 1, &Bytes::new()).remove(0);
    assert!(Client::signed_in(broker.address()).call(ApiKey::SaslHandshake, 1, &request).is_err());
}

#[test]
fn the_oldest_handshake_is_followed_by_bare_messages() {
    let broker = broker();
    let sign_in = |password| {
        let mut client = Client::connect(broker.address());
        client.handshake("SCRAM-SHA-512", 0);
        let first = "n,,n=user,r=mine";
        client.send(first.as_bytes()).unwrap();
        let challenge = client.receive().unwrap();
        client.send(&client::proof(first, &challenge, password)).unwrap();
        (client.receive().is_ok_and(|proof| proof.starts_with(b"v="))).then_some(client)
    };
    assert!(sign_in("wrong").is_none());
    assert_eq!(versions(&mut sign_in("password").unwrap()).len(), 22);
}

#[test]
fn a_rotated_password_counts_for_new_connections() {
    let broker = broker();
    let mut before = Client::signed_in(broker.address());
    broker.rotate_password("other").unwrap();
    assert_eq!(versions(&mut before).len(), 22);
    assert_eq!(Client::connect(broker.address()).sign_in("user", "password").error_code, 58);
    assert_eq!(Client::connect(broker.address()).sign_in("user", "other").error_code, 0);
}

#[test]
fn the_same_port_speaks_tls_to_those_who_begin_with_it() {
    let broker = broker();
    let connect = |ca: &str, name: &str| {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(ca.as_bytes()).unwrap()).unwrap();
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
        let config = config.with_safe_default_protocol_versions().unwrap();
        let config = config.with_root_certificates(roots).with_no_client_auth();
        let name = ServerName::try_from(name.to_owned()).unwrap();
        let connection = ClientConnection::new(Arc::new(config), name).unwrap();
        let mut stream = StreamOwned::new(connection, TcpStream::connect(broker.address()).unwrap());
        let request = frame(ApiKey::ApiVersions, 0, 7, &ApiVersionsRequest::default().into());
        stream.write_all(&u32::try_from(request.len()).unwrap().to_be_bytes())?;
        stream.write_all(&request)?;
        let mut answer = [0; 8];
        stream.read_exact(&mut answer).map(|()| answer[7])
    };
    for name in ["localhost", "127.0.0.1", "::1"] {
        assert_eq!(connect(broker.ca_pem(), name).unwrap(), 7, "{name}");
    }
    assert!(connect(broker.ca_pem(), "example.com").is_err());
    let other = local::kafka::Identity::generate().unwrap();
    assert!(connect(&other.ca, "localhost").is_err(), "the authority of another broker");

    let again = KafkaSettings { identity: Some(broker.identity().clone()), ..settings() };
    assert_eq!(KafkaBroker::start(again).unwrap().ca_pem(), broker.ca_pem());
}

#[test]
fn only_loopback_is_bound() {
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0"] {
        let refused = KafkaBroker::start(KafkaSettings { listen: address.parse().unwrap(), ..settings() }).unwrap_err();
        assert!(refused.to_string().contains(address), "{refused}");
    }
    let broker = KafkaBroker::start(KafkaSettings { listen: "[::1]:0".parse().unwrap(), ..settings() });
    assert!(broker.is_err() || broker.unwrap().address().ip().is_loopback());
}
