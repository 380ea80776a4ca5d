"""The storefront's addresses, below ``/shop/``."""

from django.urls import path

from cdp.shop import views

app_name = "shop"

urlpatterns = [
    path("", views.home, name="home"),
    path("category/<slug:slug>/", views.category, name="category"),
    path("item/<str:item_id>/", views.item, name="item"),
    path("picture/<str:item_id>.svg", views.picture, name="picture"),
    path("cart/", views.cart, name="cart"),
    path("cart/change/", views.change_cart, name="change-cart"),
    path("checkout/", views.checkout, name="checkout"),
    path("thanks/", views.thanks, name="thanks"),
    path("sign-in/", views.sign_in, name="sign-in"),
    path("sign-out/", views.sign_out, name="sign-out"),
    path("account/", views.account, name="account"),
    path("choice/", views.choose, name="choose"),
    path("learnt/", views.what_was_learnt, name="learnt"),
]
