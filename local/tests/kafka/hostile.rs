//! Bytes that claim too much.

use super::*;

#[test]
fn a_frame_that_claims_too_much_ends_the_connection() {
    let broker = broker();
    for claim in [i32::MAX, -1, 16 * 1024 * 1024 + 1] {
        let mut client = Client::signed_in(broker.address());
        client.send_raw(&claim.to_be_bytes()).unwrap();
        assert!(client.is_closed(), "{claim}");
    }
    let mut client = Client::connect(broker.address());
    client.send_raw(&(512 * 1024 + 1_i32).to_be_bytes()).unwrap();
    assert!(client.is_closed(), "less is allowed before sign-in");
    let mut client = Client::signed_in(broker.address());
    let mut large = frame(ApiKey::Metadata, 9, 1, &requests(ApiKey::Metadata, 9, &Bytes::new())[0]);
    large.resize(2 * 1024 * 1024, 0);
    client.send(&large).unwrap();
    assert!(client.is_closed(), "only records may be large");
}

/// Every count and length, replaced by the largest: the broker would run out of memory if it believed one of them.
#[test]
fn no_claim_in_a_request_is_believed() {
    let (broker, batch) = (broker(), batch("value"));
    for (api, least, most) in versions(&mut Client::signed_in(broker.address())) {
        for version in [least, most] {
            for request in requests(api, version, &batch) {
                let frame = frame(api, version, 1, &request);
                for at in 8..frame.len() {
                    for claim in [&[0x7f, 0xff, 0xff, 0xff][..], &[0xff, 0xff, 0xff, 0xff, 0x07], &[0x7f, 0xff]] {
                        let mut bytes = u32::try_from(frame.len()).unwrap().to_be_bytes().to_vec();
                        bytes.extend_from_slice(&frame);
                        let end = (4 + at + claim.len()).min(bytes.len());
                        bytes[4 + at..end].copy_from_slice(&claim[..end - at - 4]);
                        let signed_in = !matches!(api, ApiKey::SaslHandshake | ApiKey::SaslAuthenticate);
                        let _ = broker.rehearse(&bytes, signed_in);
                    }
                }
            }
        }
    }
}
