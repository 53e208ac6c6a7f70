use std::io::Write as _;

use super::*;
use crate::error::NotificationId;

const LIMIT: u64 = 1024 * 1024;

type Files<'a> = &'a [(&'a str, &'a [u8])];

fn zip_of(files: Files<'_>) -> Vec<u8> {
    let mut writer = ::zip::ZipWriter::new(io::Cursor::new(Vec::new()));
    for (name, bytes) in files {
        let options = ::zip::write::SimpleFileOptions::default().compression_method(::zip::CompressionMethod::Deflated);
        writer.start_file(*name, options).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn tar_of(files: Files<'_>) -> Vec<u8> {
    let mut builder = ::tar::Builder::new(Vec::new());
    for (name, bytes) in files {
        let mut header = ::tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        builder.append_data(&mut header, name, *bytes).unwrap();
    }
    builder.into_inner().unwrap()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

fn bzip2(bytes: &[u8]) -> Vec<u8> {
    let mut writer = ::bzip2::write::BzEncoder::new(Vec::new(), ::bzip2::Compression::fast());
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest)
}

/// One block, stored, without a sum of the content (the format's specification, sections 2 and 3; LZMA2's chunk of kind
/// 1). `window` is the byte that says how much memory a reader needs.
fn xz(bytes: &[u8], window: u8) -> Vec<u8> {
    let sum = |part: &[u8]| crc32fast::hash(part).to_le_bytes();
    let mut out = [b"\xFD7zXZ\0".as_slice(), &[0, 0], &sum(&[0, 0])].concat();
    let block = [2, 0, 0x21, 1, window, 0, 0, 0];
    out.extend([block.as_slice(), &sum(&block)].concat());
    let length = u16::try_from(bytes.len() - 1).unwrap().to_be_bytes();
    let chunk = [&[1], length.as_slice(), bytes, &[0]].concat();
    out.extend(&chunk);
    out.extend(vec![0; (4 - chunk.len() % 4) % 4]);
    let number = |mut value: usize| {
        let mut digits = Vec::new();
        while value >= 0x80 {
            digits.push(value as u8 | 0x80);
            value >>= 7;
        }
        digits.push(value as u8);
        digits
    };
    let mut index = [vec![0, 1], number(12 + chunk.len()), number(bytes.len())].concat();
    index.extend(vec![0; (4 - index.len() % 4) % 4]);
    index.extend(sum(&index.clone()));
    out.extend(&index);
    let footer = [&u32::try_from(index.len() / 4 - 1).unwrap().to_le_bytes()[..], &[0, 0]].concat();
    out.extend([&sum(&footer), footer.as_slice(), b"YZ"].concat());
    out
}

/// Paths and texts, and the notifications.
fn opened(path: &str, bytes: &[u8]) -> (Vec<(String, String)>, Vec<Notification>) {
    let mut members = Vec::new();
    let notes = open(path, bytes, LIMIT, &mut |member| {
        members.push((member.path.to_owned(), String::from_utf8_lossy(member.bytes).into_owned()));
    });
    (members, notes)
}

fn paths(path: &str, bytes: &[u8]) -> Vec<String> {
    opened(path, bytes).0.into_iter().map(|(path, _)| path).collect()
}

fn ids(notes: &[Notification]) -> Vec<NotificationId> {
    notes.iter().map(|note| note.id).collect()
}

#[test]
fn every_form_gives_its_texts() {
    let text = b"KEY = 1\nOTHER = 2\n";
    let image = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
    let files: Files<'_> = &[("etc/app.env", text), ("logo.png", image)];
    let tar = tar_of(files);
    let shebang = [b"#!/usr/bin/env python3\n".as_slice(), &zip_of(files)].concat();
    let inner = "etc/app.env";
    for (path, bytes, member) in [
        ("a.zip", zip_of(files), inner),
        ("run", shebang, inner),
        ("a.tar", tar.clone(), inner),
        ("a.tgz", gzip(&tar), inner),
        ("a.tar.bz2", bzip2(&tar), inner),
        ("a.tar.xz", xz(&tar, 20), inner),
        ("a.tar.zst", zstd(&tar), inner),
        ("conf/app.env.gz", gzip(text), "app.env"),
        ("app.env.bz2", bzip2(text), "app.env"),
        ("app.env.xz", xz(text, 20), "app.env"),
        ("app.env.zst", zstd(text), "app.env"),
        ("two.gz", [gzip(&text[..8]), gzip(&text[8..])].concat(), "two"),
        ("two.zst", [zstd(&text[..8]), zstd(&text[8..])].concat(), "two"),
        ("b.zip", zip_of(&[("lib/a.jar", &zip_of(files))]), "lib/a.jar!/etc/app.env"),
        ("b.zip", zip_of(&[("a.tgz", &gzip(&tar))]), "a.tgz!/etc/app.env"),
        ("b.tgz", gzip(&tar_of(&[("a.env.gz", &gzip(text))])), "a.env.gz!/a.env"),
    ] {
        let (members, notes) = opened(path, &bytes);
        let expected = (member.to_owned(), String::from_utf8_lossy(text).into_owned());
        assert_eq!((members, notes), (vec![expected], vec![]), "{path}");
    }
}

#[test]
fn text_is_no_archive() {
    for bytes in [b"PK = 3\n".as_slice(), b"BZh is a start", b"#!/bin/sh\necho PK\n", b"", b"\0\0\0\0", &[0; 1024]] {
        assert_eq!(form_of(bytes), None, "{bytes:?}");
    }
}

#[test]
fn nesting_ends_at_its_depth() {
    let mut bytes = b"KEY = 1\n".to_vec();
    for depth in 1..=4 {
        bytes = zip_of(&[("a.zip", &bytes)]);
        let (members, notes) = opened("outer.zip", &bytes);
        assert_eq!(members.len(), usize::from(depth <= MOST_DEPTH), "{depth}");
        assert_eq!(ids(&notes) == [NotificationId::TooDeep], depth > MOST_DEPTH, "{depth}");
    }
    // An archive that holds a stream that holds itself would go on for ever; so would compression of compression.
    let mut stream = b"KEY = 1\n".to_vec();
    for _ in 0..5 {
        stream = gzip(&stream);
    }
    let (members, notes) = opened("a.gz", &stream);
    assert_eq!((members.len(), ids(&notes)), (0, vec![NotificationId::TooDeep]));
}

#[test]
fn bombs_end_with_the_budget() {
    // Text that packs to a thousandth of it, below the limit of one member.
    let text = vec![b'a'; LIMIT as usize];
    let names: Vec<String> = (0..100).map(|index| format!("{index}.txt")).collect();
    let files: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), text.as_slice())).collect();
    let most = (MOST_UNPACKED / LIMIT) as usize;
    let nested = zip_of(&[("a.zip", &zip_of(&files[..50])), ("b.zip", &zip_of(&files[..50]))]);
    for (path, bytes) in [("a.zip", zip_of(&files)), ("a.tgz", gzip(&tar_of(&files))), ("b.zip", nested)] {
        let (members, notes) = opened(path, &bytes);
        let read: usize = members.iter().map(|(_, text)| text.len()).sum();
        assert!(
            read as u64 <= MOST_UNPACKED && members.len() <= most && members.len() + 3 >= most,
            "{path} {}",
            members.len()
        );
        assert_eq!(ids(&notes), [NotificationId::Limit], "{path}");
    }
}

#[test]
fn overlapping_members_spend_one_budget() {
    // Every record of the directory names the same content.
    let single = zip_of(&[("a.txt", &vec![b'a'; LIMIT as usize])]);
    let start = memchr::memmem::rfind(&single, b"PK\x01\x02").unwrap();
    let end = memchr::memmem::rfind(&single, b"PK\x05\x06").unwrap();
    let record = &single[start..end];
    let mut bomb = [&single[..start], &record.repeat(5000)].concat();
    let mut last = single[end..].to_vec();
    last[8..12].fill(0xFF);
    last[12..16].copy_from_slice(&u32::try_from(record.len() * 5000).unwrap().to_le_bytes());
    bomb.extend(last);
    let (members, notes) = opened("a.zip", &bomb);
    assert!((60..=64).contains(&members.len()), "{}", members.len());
    assert_eq!(ids(&notes), [NotificationId::Limit]);
}

#[test]
fn members_are_counted() {
    let names: Vec<String> = (0..100_000).map(|index| format!("{index}")).collect();
    let files: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), b"a = 1".as_slice())).collect();
    for (path, bytes) in [("a.zip", zip_of(&files)), ("a.tar", tar_of(&files))] {
        let (members, notes) = opened(path, &bytes);
        assert_eq!((members.len(), ids(&notes)), (MOST_MEMBERS, vec![NotificationId::Limit]), "{path}");
    }
}

#[test]
fn members_larger_than_the_limit_are_named() {
    let large = vec![b'a'; LIMIT as usize + 1];
    let files: Files<'_> = &[("large.sql", &large), ("a.env", b"KEY = 1")];
    for (path, bytes) in [("a.zip", zip_of(files)), ("a.tar", tar_of(files))] {
        let (members, notes) = opened(path, &bytes);
        assert_eq!((members.len(), ids(&notes)), (1, vec![NotificationId::TooLarge]), "{path}");
        assert!(notes[0].message.contains("large.sql"), "{}", notes[0].message);
    }
    // An image of that size is nothing to read.
    let image = [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".as_slice(), &large].concat();
    assert_eq!(opened("a.zip", &zip_of(&[("a.png", &image)])), (vec![], vec![]));
}

#[test]
fn windows_beyond_the_limit_are_not_allocated() {
    // Byte 40 asks for a window of 4 GiB.
    let (members, notes) = opened("a.xz", &xz(b"KEY = 1\n", 40));
    assert_eq!((members.len(), ids(&notes)), (0, vec![NotificationId::Syntax]));
    // A frame of Zstandard that asks for a window of 2 GiB (window descriptor: exponent 21).
    let block = [&[0x28, 0xB5, 0x2F, 0xFD, 0, 21 << 3][..], &[9 << 3 | 1, 0, 0], b"KEY = 1\n\n"].concat();
    assert_eq!(ids(&opened("a.zst", &block).1), [NotificationId::Syntax]);
    let small = [&[0x28, 0xB5, 0x2F, 0xFD, 0, 10 << 3][..], &[9 << 3 | 1, 0, 0], b"KEY = 1\n\n"].concat();
    assert_eq!(opened("a.zst", &small).0.len(), 1);
}

#[test]
fn what_is_readable_of_a_broken_archive_stays() {
    let text = "KEY = 1\n".repeat(40);
    let files: Files<'_> = &[("a.env", text.as_bytes()), ("b.env", text.as_bytes())];
    let tar = tar_of(files);
    let zip = zip_of(files);
    let packed = gzip(&tar);
    for (path, bytes, least) in [
        ("a.zip", &zip[..zip.len() - 30], 2),
        ("a.tar", &tar[..1024 + 512 + 100], 2),
        ("a.tgz", &packed[..packed.len() - 20], 1),
    ] {
        let (members, notes) = opened(path, bytes);
        assert!(members.len() >= least, "{path} {members:?}");
        assert_eq!(ids(&notes), [NotificationId::Syntax], "{path}");
    }
}

#[test]
fn any_cut_and_any_wrong_byte_ends_well() {
    let text = "KEY = 1\n".repeat(40);
    let files: Files<'_> = &[("a.env", text.as_bytes()), ("b.env", text.as_bytes())];
    let tar = tar_of(files);
    for (path, bytes) in [
        ("a.zip", zip_of(files)),
        ("a.tar", tar.clone()),
        ("a.tgz", gzip(&tar)),
        ("a.tbz2", bzip2(&tar)),
        ("a.txz", xz(&tar, 20)),
        ("a.tzst", zstd(&tar)),
    ] {
        for at in 0..bytes.len() {
            assert!(opened(path, &bytes[..at]).0.len() <= 2);
            for wrong in [0, 0xFF, bytes[at] ^ 1] {
                let mut bytes = bytes.clone();
                bytes[at] = wrong;
                assert!(opened(path, &bytes).1.len() <= 3, "{path} {at}");
            }
        }
    }
}

#[test]
fn encrypted_members_are_named_once() {
    let mut bytes = zip_of(&[("a.env", b"KEY = 1"), ("b.env", b"KEY = 2"), ("c.env", b"KEY = 3")]);
    // The flag of the first two records of the directory.
    let places: Vec<usize> = memchr::memmem::find_iter(&bytes, b"PK\x01\x02").take(2).collect();
    for at in places {
        bytes[at + 8] |= 1;
    }
    let (members, notes) = opened("a.zip", &bytes);
    assert_eq!((members.len(), ids(&notes)), (1, vec![NotificationId::Unsupported]));
    assert!(notes[0].message.ends_with("a.env, b.env"), "{}", notes[0].message);
}

#[test]
fn names_lead_nowhere_and_steer_no_terminal() {
    for (raw, shown) in [
        (b"../../etc/passwd".as_slice(), "etc/passwd"),
        (b"/etc/./passwd", "etc/passwd"),
        (b"a\\..\\b.txt", "a/b.txt"),
        (b"a\x1b[31m\n::error::x", "a\u{FFFD}[31m\u{FFFD}::error::x"),
        (b"caf\xe9.txt", "caf\u{FFFD}.txt"),
        ("gpj\u{202E}.exe".as_bytes(), "gpj\u{FFFD}.exe"),
        (b"..", "unnamed"),
        (b"", "unnamed"),
    ] {
        assert_eq!(name::shown(raw), shown);
    }
    assert!(name::shown(&vec![b'a'; 100_000]).len() <= 400);
    let long = format!("{}/a.env", "folder".repeat(40));
    assert_eq!(paths("a.tar", &tar_of(&[(&long, b"KEY = 1")])), [long]);
}
