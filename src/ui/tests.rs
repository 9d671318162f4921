//! Whole screens: keys in, text out.

use super::testing::Stage;

#[test]
fn look() {
    let sizes = std::env::var("SIZES").unwrap_or_else(|_| "80x24".into());
    let keys = std::env::var("KEYS").unwrap_or_default();
    for size in sizes.split(',') {
        let (w, h) = size.split_once('x').unwrap();
        let mut stage = Stage::new(w.parse().unwrap(), h.parse().unwrap());
        stage.keys(&keys);
        println!("{}", stage.screen());
    }
}
