//! A producer for a Kafka of one's own, where the broker is not inside this process.

use std::io;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use bytes::Bytes;
use krafka::producer::Producer;
use krafka::{KrafkaError, Record};
use tokio::runtime::Runtime;

use super::KafkaSource;
use super::poller::connection::client;

/// A connection that publishes records, one after the other. It has a thread of its own, so that it can be used from
/// anywhere, also where a runtime runs already.
#[derive(Debug)]
pub struct KafkaProducer(Sender<Order>);

/// A record that is to be published.
struct Order {
    record: Record,
    answer: Sender<io::Result<(i32, i64)>>,
}

impl KafkaProducer {
    /// Connects to the brokers.
    ///
    /// # Errors
    ///
    /// When they cannot be reached or refuse the credentials.
    pub fn connect(source: KafkaSource) -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (orders, received) = channel();
        let (answer, connected) = channel();
        thread::Builder::new().name("producer".to_owned()).spawn(move || {
            let connect = async { client(&source, "port").await?.producer().build().await };
            match runtime.block_on(connect) {
                Ok(producer) => {
                    let _ = answer.send(Ok(()));
                    publish_each(&received, &producer, &runtime);
                }
                Err(error) => drop(answer.send(Err(failed(&error)))),
            }
        })?;
        connected.recv().map_err(|_| gone())??;
        Ok(Self(orders))
    }

    /// Publishes a record without a key and waits until the broker has it. Returns partition and offset.
    ///
    /// # Errors
    ///
    /// When the broker does not take it, such as for a topic that does not exist.
    pub fn publish(&self, topic: &str, value: impl Into<Bytes>) -> io::Result<(i32, i64)> {
        let (answer, published) = channel();
        let order = Order { record: Record::new(topic, value.into()), answer };
        self.0.send(order).map_err(|_| gone())?;
        published.recv().map_err(|_| gone())?
    }
}

fn publish_each(orders: &Receiver<Order>, producer: &Producer, runtime: &Runtime) {
    for Order { record, answer } in orders {
        let sent = runtime.block_on(producer.send(record));
        let _ = answer.send(sent.map(|sent| (sent.partition, sent.offset)).map_err(|error| failed(&error)));
    }
}

fn failed(error: &KrafkaError) -> io::Error {
    io::Error::other(error.to_string())
}

fn gone() -> io::Error {
    io::Error::other("the producer has ended")
}
