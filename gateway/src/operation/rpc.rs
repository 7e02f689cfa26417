//! Operations that are one rpc each, with no rule of the gateway's own beside who may, with which scope and at which price.

/// Makes a type for each line: its name, what it asks the service, what it is answered with, which client and rpc that is;
/// its caller, scope, price and field.
macro_rules! rpc_operations {
    ($($(#[$doc:meta])* $name:ident($request:ty) -> $output:ty: $client:ident.$rpc:ident,
        $caller:ty, $scope:ty, $price:expr, $field:expr;)+) => {
        $(
            $(#[$doc])*
            pub(crate) struct $name(pub(crate) $request);

            impl Operation for $name {
                type Caller = $caller;
                type Scope = $scope;
                type Output = $output;

                const SERVICE: Service = Service::Story;
                const PRICE: Price = $price;
                const FIELD: Field = $field;

                async fn perform(
                    self,
                    services: &Services,
                    context: &RequestContext,
                ) -> Result<$output, Status> {
                    let answer = services.$client(context).$rpc(self.0).await?;
                    Ok(answer.into_inner())
                }
            }
        )+
    };
}
pub(super) use rpc_operations;
