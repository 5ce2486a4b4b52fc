//! Two things in turn, and the ratio of their times.

use std::time::Instant;

/// Runs `a` and `b` in turn, first the one and then the other first, and prints what
/// the medians are and how `a` relates to `b`.
pub fn pair(name: &str, rounds: usize, mut a: impl FnMut(), mut b: impl FnMut()) {
    let time = |task: &mut dyn FnMut()| {
        let began = Instant::now();
        task();
        began.elapsed().as_secs_f64() * 1e3
    };
    a();
    b();
    let mut times = [Vec::new(), Vec::new(), Vec::new()];
    for round in 0..rounds {
        let (x, y) = if round % 2 == 0 {
            let x = time(&mut a);
            (x, time(&mut b))
        } else {
            let y = time(&mut b);
            (time(&mut a), y)
        };
        for (times, value) in times.iter_mut().zip([x, y, x / y]) {
            times.push(value);
        }
    }
    for times in &mut times {
        times.sort_by(f64::total_cmp);
    }
    let [a, b, ratio] = times;
    println!(
        "{name:<42} {:>9.2} ms {:>9.2} ms {:>8.2}  ({:.2} to {:.2})",
        a[rounds / 2],
        b[rounds / 2],
        ratio[rounds / 2],
        ratio[rounds / 10],
        ratio[rounds - 1 - rounds / 10],
    );
}
