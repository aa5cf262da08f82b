# nix-build examples/packages: the binary, its man pages and completions, from this source.
{ pkgs ? import <nixpkgs> { } }:

pkgs.rustPlatform.buildRustPackage {
  pname = "certnotify";
  version = (builtins.fromTOML (builtins.readFile ../../Cargo.toml)).package.version;
  src = pkgs.lib.cleanSource ../..;
  cargoLock.lockFile = ../../Cargo.lock;
  nativeBuildInputs = [ pkgs.installShellFiles ];
  # The tests want loopback and a home directory: `cargo test` runs them.
  doCheck = false;
  postInstall = ''
    $out/bin/certnotify generate man --output man
    installManPage man/*
    installShellCompletion --cmd certnotify \
      --bash <($out/bin/certnotify generate completions bash) \
      --fish <($out/bin/certnotify generate completions fish) \
      --zsh <($out/bin/certnotify generate completions zsh)
  '';
  meta = {
    description = "Tells the right people, once and in time, that a TLS certificate needs them";
    license = pkgs.lib.licenses.mit;
    mainProgram = "certnotify";
  };
}
