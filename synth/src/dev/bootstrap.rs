//! `--bootstrap`: a broker of one's own instead of the embedded one, and where that is not wise.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::str::FromStr;

use anyhow::{Context, bail};

/// Flags for a broker of one's own.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct Bootstrap {
    /// Use this Kafka instead of the one inside of synth
    #[arg(long = "bootstrap", value_name = "HOST:PORT,…", value_delimiter = ',', requires = "kafka_user")]
    pub(super) brokers: Vec<Broker>,
    /// The user there, for SCRAM-SHA-512
    #[arg(long, value_name = "NAME", requires = "brokers")]
    pub(super) kafka_user: Option<String>,
    /// A file with the user's password [default: the variable `KAFKA_PASSWORD`]
    #[arg(long, value_name = "FILE", requires = "brokers")]
    kafka_password_file: Option<PathBuf>,
    /// The certificate to trust, as PEM [default: those of the system]
    #[arg(long, value_name = "FILE", requires = "brokers")]
    kafka_ca: Option<PathBuf>,
    /// The topic there, which must exist
    #[arg(long, value_name = "NAME", requires = "brokers")]
    pub(super) topic: Option<String>,
    /// The brokers may be beyond this machine
    #[arg(long, requires = "brokers")]
    i_know: bool,
}

/// A broker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Broker {
    /// Its name or address, without brackets.
    host: String,
    port: u16,
}

impl FromStr for Broker {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("write `{text}` as HOST:PORT");
        let (host, port) = text.trim().rsplit_once(':').ok_or_else(wrong)?;
        let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        let is_address = host.parse::<IpAddr>().is_ok();
        let is_name = !host.is_empty()
            && host.chars().all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-' | '_'));
        let port = port.parse().ok().filter(|port| *port > 0).ok_or_else(wrong)?;
        if !is_address && !is_name {
            return Err(wrong());
        }
        Ok(Self { host: host.to_ascii_lowercase(), port })
    }
}

impl fmt::Display for Broker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

impl Broker {
    /// Whether it is on this machine, as far as its name says so: what a name leads to may change.
    fn is_here(&self) -> bool {
        self.host == "localhost" || self.host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
    }

    /// Whether it is one of AWS, as Port's are.
    fn is_of_aws(&self) -> bool {
        let host = self.host.trim_end_matches('.');
        ["amazonaws.com", "amazonaws.com.cn"]
            .iter()
            .any(|domain| host.strip_suffix(domain).is_some_and(|before| before.is_empty() || before.ends_with('.')))
    }
}

impl Bootstrap {
    /// Refuses brokers beyond this machine, unless a person says otherwise.
    pub(super) fn check(&self) -> anyhow::Result<()> {
        if self.i_know {
            return Ok(());
        }
        let Some(broker) = self.brokers.iter().find(|broker| !broker.is_here()) else { return Ok(()) };
        let why = if broker.is_of_aws() {
            "is a broker in AWS, as those are on which Port publishes the runs of your organisation"
        } else {
            "is beyond this machine"
        };
        bail!(
            "`{broker}` {why}\n  help: runs would be read from there and published there; if that is what you want, add --i-know"
        )
    }

    /// Returns the user's password.
    pub(super) fn password(&self) -> anyhow::Result<String> {
        match &self.kafka_password_file {
            Some(path) => Ok(synth::files::text(path)?.trim_end_matches(['\r', '\n']).to_owned()),
            None => std::env::var("KAFKA_PASSWORD").context(
                "the password is missing\n  help: pass a file with --kafka-password-file, or set KAFKA_PASSWORD",
            ),
        }
    }

    /// Returns the certificate to trust.
    pub(super) fn ca(&self) -> anyhow::Result<Option<String>> {
        self.kafka_ca.as_deref().map(synth::files::text).transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(brokers: &str, i_know: bool) -> Option<String> {
        let brokers = brokers.split(',').map(|broker| broker.parse().unwrap()).collect();
        let none = (None, None, None, None);
        let (kafka_user, kafka_password_file, kafka_ca, topic) = none;
        let bootstrap = Bootstrap { brokers, kafka_user, kafka_password_file, kafka_ca, topic, i_know };
        bootstrap.check().err().map(|error| error.to_string())
    }

    #[test]
    fn brokers_beyond_this_machine_need_a_word() {
        for here in ["localhost:9092", "LocalHost:9092", "127.0.0.1:1", "127.8.9.1:1", "[::1]:9092"] {
            assert_eq!(refusal(here, false), None, "{here}");
        }
        for there in [
            "localhost.example.com:9092",
            "localhost.:9092",
            "kafka:9092",
            "10.0.0.1:9092",
            "0.0.0.0:9092",
            "[::]:9092",
            "[::ffff:10.0.0.1]:9092",
            "localhost:9092,kafka:9092",
        ] {
            assert!(refusal(there, false).unwrap().contains("beyond this machine"), "{there}");
            assert_eq!(refusal(there, true), None, "{there}");
        }
        for aws in [
            "b-1-public.publicclust.abcdef.c6.kafka.eu-west-1.amazonaws.com:9196",
            "B-1.KAFKA.EU-WEST-1.AMAZONAWS.COM:9196",
            "b-1.kafka.eu-west-1.amazonaws.com.:9196",
            "b-1.kafka.cn-north-1.amazonaws.com.cn:9196",
        ] {
            assert!(refusal(aws, false).unwrap().contains("a broker in AWS"), "{aws}");
        }
        assert!(refusal("notamazonaws.com:1", false).unwrap().contains("beyond this machine"));
    }

    #[test]
    fn a_broker_has_a_host_and_a_port() {
        for wrong in
            ["", "localhost", ":9092", "localhost:", "localhost:0", "localhost:99999", "a b:1", "http://a:1", "a/b:1"]
        {
            assert!(wrong.parse::<Broker>().is_err(), "{wrong}");
        }
        assert_eq!("[::1]:9092".parse::<Broker>().unwrap().to_string(), "[::1]:9092");
    }
}
