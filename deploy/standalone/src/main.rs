//! The program `liuhen`.

fn main() -> std::process::ExitCode {
    liuhen_standalone::main()
}
