# A Homebrew formula, for a tap of your own: put the address and the checksum of your archive in `url` and `sha256`.
class Certnotify < Formula
  desc "Tells the right people, once and in time, that a TLS certificate needs them"
  homepage "https://example.com/certnotify"
  url "https://example.com/certnotify-1.0.0.tar.gz"
  sha256 "0000000000000000000000000000000000000000000000000000000000000000"
  license "MIT"

  depends_on "rust" => :build

  def install
    system "cargo", "install", *std_cargo_args
    generate_completions_from_executable(bin/"certnotify", "generate", "completions")
    system bin/"certnotify", "generate", "man", "--output", "man"
    man1.install Dir["man/*.1"]
    man5.install Dir["man/*.5"]
    pkgshare.install "policies.example.toml"
  end

  service do
    run [opt_bin/"certnotify", "run", "--quiet", "--policies", etc/"certnotify/policies.toml"]
    run_type :interval
    interval 3600
    environment_variables STATE_DIRECTORY: var/"certnotify"
  end

  test do
    assert_match version.to_s, shell_output("#{bin}/certnotify --version")
    assert_match "usable", shell_output("#{bin}/certnotify validate --policies #{pkgshare}/policies.example.toml 2>&1")
  end
end
