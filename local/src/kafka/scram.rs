//! The server's side of SCRAM-SHA-512 (RFC 5802), with what Apache Kafka accepts.

use std::io;
use std::num::NonZeroU32;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use ring::rand::{SecureRandom, SystemRandom};
use ring::{digest, hmac, pbkdf2};

/// The only mechanism that is offered, because it is what Port's topics use.
pub(super) const MECHANISM: &str = "SCRAM-SHA-512";

/// The words of Apache Kafka for a wrong user, a wrong password and everything else that is wrong here.
pub(super) const REFUSED: &str =
    "Authentication failed during authentication due to invalid credentials with SASL mechanism SCRAM-SHA-512";

/// The least number of iterations that Kafka's clients accept.
const ITERATIONS: NonZeroU32 = NonZeroU32::new(4096).unwrap();

/// The length of the salt and of the random part of the nonce, in bytes.
const RANDOM: usize = 24;

/// What the server keeps of a user: nothing that a client could sign in with.
#[derive(Clone)]
pub(super) struct Account {
    user: String,
    salt: Vec<u8>,
    stored: Vec<u8>,
    server: hmac::Key,
}

impl Account {
    /// Derives the keys of a password, with a fresh salt.
    ///
    /// # Errors
    ///
    /// When the operating system has no random numbers.
    pub(super) fn new(user: &str, password: &str) -> io::Result<Self> {
        let salt = random::<RANDOM>()?.to_vec();
        let mut salted = [0; digest::SHA512_OUTPUT_LEN];
        pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA512, ITERATIONS, &salt, password.as_bytes(), &mut salted);
        let salted = hmac::Key::new(hmac::HMAC_SHA512, &salted);
        let client = hmac::sign(&salted, b"Client Key");
        let stored = digest::digest(&digest::SHA512, client.as_ref()).as_ref().to_vec();
        let server = hmac::Key::new(hmac::HMAC_SHA512, hmac::sign(&salted, b"Server Key").as_ref());
        Ok(Self { user: user.to_owned(), salt, stored, server })
    }

    /// Answers the first message of a client with the salt and a nonce; nothing for another user.
    pub(super) fn challenge(&self, first: &[u8]) -> Option<(Exchange, Vec<u8>)> {
        self.challenge_with(first, &BASE64_STANDARD.encode(random::<RANDOM>().ok()?))
    }

    /// Does the same with a given nonce.
    fn challenge_with(&self, first: &[u8], nonce: &str) -> Option<(Exchange, Vec<u8>)> {
        let first = std::str::from_utf8(first).ok()?;
        let (binding, rest) = first.split_once(',')?;
        let (authorize, bare) = rest.split_once(',')?;
        // `y`: the client can bind channels and believes that the server cannot, which is true.
        if !matches!(binding, "n" | "y") {
            return None;
        }
        let (user, rest) = bare.strip_prefix("n=")?.split_once(',')?;
        let theirs = rest.strip_prefix("r=")?.split(',').next().filter(|nonce| !nonce.is_empty())?;
        let user = user.replace("=2C", ",").replace("=3D", "=");
        let other = authorize.strip_prefix("a=").is_some_and(|name| name != user);
        if user != self.user || other {
            return None;
        }
        let nonce = format!("{theirs}{nonce}");
        let challenge = format!("r={nonce},s={},i={ITERATIONS}", BASE64_STANDARD.encode(&self.salt));
        let header = BASE64_STANDARD.encode(format!("{binding},{authorize},"));
        let exchange = Exchange { nonce, header, signed: format!("{bare},{challenge}") };
        Some((exchange, challenge.into_bytes()))
    }

    /// Checks the last message of a client; returns the server's own proof if the password is right.
    pub(super) fn verify(&self, exchange: &Exchange, last: &[u8]) -> Option<Vec<u8>> {
        let last = std::str::from_utf8(last).ok()?;
        let (unsigned, proof) = last.rsplit_once(",p=")?;
        let mut parts = unsigned.split(',');
        let header = parts.next()?.strip_prefix("c=")?;
        let nonce = parts.next()?.strip_prefix("r=")?;
        // librdkafka before 2.6.1 sends its own part of the nonce twice. Brokers before Apache Kafka 4.0 accept that,
        // and Port's own agent needs it.
        if header != exchange.header || !nonce.ends_with(&exchange.nonce) {
            return None;
        }
        let proof = BASE64_STANDARD.decode(proof).ok()?;
        let signed = format!("{},{unsigned}", exchange.signed);
        let signature = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA512, &self.stored), signed.as_bytes());
        if proof.len() != signature.as_ref().len() {
            return None;
        }
        let client: Vec<u8> = proof.iter().zip(signature.as_ref()).map(|(left, right)| left ^ right).collect();
        // What is compared is a hash of what the client sent, so the time of the comparison helps nobody.
        if digest::digest(&digest::SHA512, &client).as_ref() != self.stored {
            return None;
        }
        let ours = hmac::sign(&self.server, signed.as_bytes());
        Some(format!("v={}", BASE64_STANDARD.encode(ours)).into_bytes())
    }
}

/// A sign-in between its two messages.
pub(super) struct Exchange {
    nonce: String,
    header: String,
    signed: String,
}

/// Returns random bytes.
///
/// # Errors
///
/// When the operating system has none.
pub(super) fn random<const N: usize>() -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    SystemRandom::new().fill(&mut bytes).map_err(|_| io::Error::other("there are no random numbers"))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONCE: &str = "c2VydmVy";

    /// Computes a client's last message.
    fn last(password: &str, first: &str, challenge: &str, nonce: &str) -> String {
        let salt = challenge.split(",s=").nth(1).unwrap().split(',').next().unwrap();
        let salt = BASE64_STANDARD.decode(salt).unwrap();
        let mut salted = [0; 64];
        pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA512, ITERATIONS, &salt, password.as_bytes(), &mut salted);
        let client = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA512, &salted), b"Client Key");
        let stored = digest::digest(&digest::SHA512, client.as_ref());
        let unsigned = format!("c={},r={nonce}", BASE64_STANDARD.encode("n,,"));
        let signed = format!("{},{challenge},{unsigned}", first.strip_prefix("n,,").unwrap());
        let signature = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA512, stored.as_ref()), signed.as_bytes());
        let proof: Vec<u8> = client.as_ref().iter().zip(signature.as_ref()).map(|(left, right)| left ^ right).collect();
        format!("{unsigned},p={}", BASE64_STANDARD.encode(proof))
    }

    fn signs_in(user: &str, password: &str, nonce: impl Fn(&str) -> String) -> bool {
        let account = Account::new("po,r=t", "secret").unwrap();
        let first = format!("n,,n={user},r=mine");
        let Some((exchange, challenge)) = account.challenge_with(first.as_bytes(), NONCE) else { return false };
        let challenge = String::from_utf8(challenge).unwrap();
        let answer = account.verify(&exchange, last(password, &first, &challenge, &nonce(&exchange.nonce)).as_bytes());
        answer.is_some_and(|answer| answer.starts_with(b"v="))
    }

    #[test]
    fn only_the_right_user_with_the_right_password_signs_in() {
        assert!(signs_in("po=2Cr=3Dt", "secret", str::to_owned));
        assert!(!signs_in("po=2Cr=3Dt", "Secret", str::to_owned));
        assert!(!signs_in("port", "secret", str::to_owned));
    }

    #[test]
    fn a_nonce_may_repeat_the_clients_part_in_front() {
        assert!(signs_in("po=2Cr=3Dt", "secret", |nonce| format!("mine{nonce}")));
        assert!(!signs_in("po=2Cr=3Dt", "secret", |nonce| format!("{nonce}mine")));
        assert!(!signs_in("po=2Cr=3Dt", "secret", |_| "mine".to_owned()));
    }

    #[test]
    fn a_message_out_of_form_is_refused() {
        let account = Account::new("port", "secret").unwrap();
        for first in ["", "n", "n,,", "n,,n=port", "n,,n=port,r=", "p=tls-unique,,n=port,r=a", "n,a=root,n=port,r=a"] {
            assert!(account.challenge(first.as_bytes()).is_none(), "{first}");
        }
        assert!(account.challenge(b"n,,n=port,r=\xff").is_none());
        let (exchange, _) = account.challenge(b"y,a=port,n=port,r=a").unwrap();
        for last in ["", "c=", "c=biws,r=", "c=biws,r=a,p=", "c=biws,r=a,p=!"] {
            assert!(account.verify(&exchange, last.as_bytes()).is_none(), "{last}");
        }
    }

    #[test]
    fn a_challenge_is_different_each_time() {
        let account = Account::new("port", "secret").unwrap();
        let challenge = || account.challenge(b"n,,n=port,r=a").unwrap().1;
        assert_ne!(challenge(), challenge());
    }
}
