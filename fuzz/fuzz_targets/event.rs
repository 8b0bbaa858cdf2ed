//! Whatever Lambda hands over can be read, and its records are taken one by one.
#![no_main]

use handler::event::Event;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    if let Ok(event) = serde_json::from_slice::<Event>(data) {
        for record in event.into_records() {
            std::hint::black_box(record);
        }
    }
});
