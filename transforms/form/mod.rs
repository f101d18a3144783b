//! How instructions are written.

mod drop_shadowed_cmd;
mod env_equals;
mod exec_form;
mod maintainer_to_label;
mod workdir_for_cd;

super::phase! { "form":
    drop_shadowed_cmd,
    env_equals,
    exec_form,
    maintainer_to_label,
    workdir_for_cd,
}
