//! How instructions are written.

mod add_to_copy;
mod drop_shadowed_cmd;
mod env_equals;
mod exec_form;
mod maintainer_to_label;
mod workdir_for_cd;

super::phase! { "form":
    add_to_copy,
    drop_shadowed_cmd,
    env_equals,
    exec_form,
    maintainer_to_label,
    workdir_for_cd,
}
