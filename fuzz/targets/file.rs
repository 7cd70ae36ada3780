//! Files that anybody may send: whatever they are, they are told from each other without harm, and what is clean is clean.
#![no_main]

use libfuzzer_sys::fuzz_target;
use odziv::domain::file::{FileName, content_disposition, examine};

fuzz_target!(|data: &[u8]| {
    let cut = data.iter().position(|byte| *byte == 0).unwrap_or(0).min(300);
    let (name, rest) = data.split_at(cut);
    let name = FileName::new(&String::from_utf8_lossy(name));
    assert_eq!(FileName::new(name.as_str()), name, "a good name stays");
    assert!(!name.as_str().is_empty() && name.as_str().len() <= 200);
    let header = content_disposition(&name, false);
    assert!(header.bytes().all(|byte| (b' '..=b'~').contains(&byte)));
    for bytes in [rest, data] {
        let found = examine(&name, None, bytes.to_vec());
        assert!(found.bytes.len() <= bytes.len() + 64, "nothing grows but by a way up");
        if found.stripped {
            let again = examine(&name, None, found.bytes.clone());
            assert_eq!((again.kind, &again.bytes), (found.kind, &found.bytes));
        }
    }
});
