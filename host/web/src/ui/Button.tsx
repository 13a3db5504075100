import type { ComponentChildren, ComponentProps } from "preact";
import { Icon, type IconName } from "./Icon";

type Native = Omit<ComponentProps<"button">, "label">;

interface Props extends Native {
  kind?: "plain" | "primary" | "danger" | "ghost";
  icon?: IconName;
  children?: ComponentChildren;
}

export function Button({ kind = "plain", icon, children, ...rest }: Props) {
  return (
    <button type="button" {...rest} class={`button ${kind} ${rest.class ?? ""}`}>
      {icon && <Icon name={icon} />}
      {children}
    </button>
  );
}

interface IconProps extends Native {
  icon: IconName;
  label: string; // for the tooltip and for screen readers
  filled?: boolean;
}

export function IconButton({ icon, label, filled, ...rest }: IconProps) {
  return (
    <button type="button" title={label} aria-label={label} {...rest} class={`icon-button ${rest.class ?? ""}`}>
      <Icon name={icon} {...(filled !== undefined && { filled })} />
    </button>
  );
}
