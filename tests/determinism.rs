//! The same input gives the same bytes, on one thread and on many.

use trueup_tests::{fixtures, forms, scan_folder, written};

#[test]
fn threads_do_not_change_a_byte() {
    let tree = fixtures();
    let one = scan_folder(tree.path(), 1);
    assert!(one.findings.len() >= 10, "the fixtures are there to be found in");
    for threads in [2, 5] {
        let many = scan_folder(tree.path(), threads);
        for form in forms() {
            assert_eq!(written(&one, form), written(&many, form), "{form:?} with {threads} threads");
        }
    }
}
